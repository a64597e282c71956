"""One list for several machines: parts that pickle, and their settling. `client.partitions()` makes a plan.

A plan, its parts and what reading them came to are the core's values as JSON text, with the client beside
them; the client's settings, secrets included, are in a pickle, and in nothing that is shown.
"""

from blocks_sessions.partition.plan import Part, PartitionPlan
from blocks_sessions.partition.ranges import PartRange
from blocks_sessions.partition.reading import PartEvidence, PartRead, PartSlice
from blocks_sessions.partition.settling import Settled

__all__ = ["Part", "PartEvidence", "PartRange", "PartRead", "PartSlice", "PartitionPlan", "Settled"]
