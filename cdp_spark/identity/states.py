"""Values of stored columns that several steps read: roles of identifiers, states of edges."""

OWN, SHARED, GENERIC = "own", "shared", "generic"  # identity.identifier.role
LIVE, TIMED, REVIEW, WEAK, CUT = "live", "timed", "review", "weak", "cut"  # identity.edge.state
ALIAS_CALL = "alias_call"  # identity.edge.rule of pairs that an alias call states to be one person
