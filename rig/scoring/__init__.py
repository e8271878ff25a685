"""The standard rules: times in, points, category, programme and advice out."""
