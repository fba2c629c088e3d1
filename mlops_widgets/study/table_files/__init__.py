"""What is known of each form in which a table comes: files, databases, frames of other libraries."""
