"""FounderMembership: who holds what, by whose will it moved, grants and sales."""
