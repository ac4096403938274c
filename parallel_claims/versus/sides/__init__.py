"""The sides of a comparison, each ready to be measured in its own environment. Internal."""

from parallel_claims.versus.sides.preparing import prepared

__all__ = ["prepared"]
