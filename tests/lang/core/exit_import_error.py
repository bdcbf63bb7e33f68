print("start")
import no_such_module_at_all
