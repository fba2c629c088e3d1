"""Files for other programs that run a pipeline at its times: a workflow of GitHub Actions, a line for cron."""
