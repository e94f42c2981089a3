"""Reading data files (CSV, Parquet) as rows of texts, and writing the rejected lines. Knows nothing of points."""
