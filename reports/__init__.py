"""Agreement statistics, figures, and their rendering to HTML and PDF."""
