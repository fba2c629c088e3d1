"""From results to what people hand on: scorecard, chapter, pages that open offline."""
