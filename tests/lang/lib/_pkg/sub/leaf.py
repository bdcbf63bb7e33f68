print("executing leaf")
from .. import value as up
from . import where as parent
from ..sub import where
where = "leaf in " + where
