"""What a Result looks like: cards, pictures, the browser's views, widgets, and where they are shown."""
