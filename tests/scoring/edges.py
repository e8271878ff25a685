"""Edge vectors: every boundary of every table from both sides, one microsecond apart.

Written by hand from the printed tables (rules sections 3 and 4), not from the code. Times are decimal text in
seconds, as they stand in the JSON.
"""

SIDE_BY_SIDE = (("0", 0), ("9.99", 0), ("9.999999", 0), ("10", 1), ("10.000000", 1))
"""Balance points of this stance alone (nothing else attempted, or failed)."""

SEMI_TANDEM = SIDE_BY_SIDE

TANDEM = (
    ("0", 0),
    ("2.999999", 0),
    ("3", 1),
    ("3.000001", 1),
    ("9.5", 1),
    ("9.999999", 1),
    ("10.00", 2),
)

WALK_4M = (
    ("0.8", 4),
    ("4.815", 4),
    ("4.819999", 4),
    ("4.82", 3),
    ("4.820000", 3),
    ("6.20", 3),
    ("6.205", 3),
    ("6.209999", 3),
    ("6.21", 2),
    ("8.70", 2),
    ("8.709999", 2),
    ("8.71", 1),
    ("1000000", 1),
)

CHAIR = (
    ("2.5", 4),
    ("11.19", 4),
    ("11.195", 4),
    ("11.199999", 4),
    ("11.2", 3),
    ("13.69", 3),
    ("13.699999", 3),
    ("13.7", 2),
    ("16.69", 2),
    ("16.699999", 2),
    ("16.7", 1),
    ("31", 1),
    ("59.01", 1),
    ("59.5", 1),
    ("60.00", 1),
    ("60.009999", 1),
    ("60.01", 0),
    ("61", 0),
)

TUG_OVER_LIMIT = (
    ("2.5", False),
    ("20", False),
    ("20.00", False),
    ("20.009999", False),
    ("20.01", True),
    ("300", True),
)

WALK_6M_OVER_LIMIT = (
    ("1.2", False),
    ("7.5", False),
    ("7.50", False),
    ("7.509999", False),
    ("7.51", True),
    ("60", True),
)

CATEGORY_BY_WALK_6M = (
    ("1.2", "D"),
    ("5.99", "D"),
    ("5.999999", "D"),
    ("6", "C"),
    ("7.49", "C"),
    ("7.499999", "C"),
    ("7.5", "B"),
    ("12.00", "B"),
    ("12.009999", "B"),
    ("12.01", "A"),
    ("60", "A"),
)

CATEGORY_BY_TOTAL = (
    (0, "A"),
    (3, "A"),
    (4, "B"),
    (6, "B"),
    (7, "C"),
    (9, "C"),
    (10, "D"),
    (12, "D"),
)

PLAUSIBLE = (
    ("walk_4m", "0.799999", "0.8"),
    ("walk_6m", "1.199999", "1.2"),
    ("chair", "2.499999", "2.5"),
    ("tug", "2.499999", "2.5"),
)
"""Part, the slowest time that is refused, the fastest that is taken."""

AGE = ((69, True), ("69.99", True), (70, False), (71, False))
"""Age in years, and whether it is under the limit."""
