"""What cells mean: categories, moments, numbers and free text, and columns that say nothing."""
