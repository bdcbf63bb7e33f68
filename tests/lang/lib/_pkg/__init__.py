value = "package"
a, b = 1, 2
star = "star"
hidden2 = "h2"
_hidden = 1
__all__ = ["star"]
def __getattr__(name):
    if name == "lazy_attr": return "lazy!"
    raise AttributeError(f"module has no {name}")
