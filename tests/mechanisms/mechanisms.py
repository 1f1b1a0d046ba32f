"""Every mechanism that keeps orders, parcels and money from being lost or doubled, and how it is taken out alone.

A removal replaces one exact text of one file. A text that is not there exactly once is an error, so the table cannot
outlive the code; `remove.py` removes each in turn and shows the tests that then fail.

Left out, since alone they change nothing that anybody could see:
- `SKIP LOCKED` when operations are claimed: the lane's row is locked before, so claims of a lane come one after another.
- The lookup of a credit memo by its marker: it is looked for before every attempt and after every success, so that
  without the marker no credit memo would end at all. Units are guarded a second time, by what is known to be refunded.
- The unique index of `sync_operation.key`: the statement that writes operations names it and would be refused. What is
  removed is that equal intentions have equal keys.
- The database's clock in the bucket: the statement has no other clock that it could be replaced by.
"""

from engine_mechanisms import ENGINE, READING
from operation_mechanisms import DATABASE, OPERATIONS, PEOPLE
from stock_mechanisms import STOCK

MECHANISMS = (*ENGINE, *READING, *OPERATIONS, *STOCK, *PEOPLE, *DATABASE)
