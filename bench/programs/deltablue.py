"""An incremental solver of one-way constraints with strengths: many small classes, virtual calls, short lists."""

DEFAULT = 20000

REQUIRED, STRONG, MEDIUM, WEAK, WEAKEST = range(5)


class Variable:
    def __init__(self, name, value=0):
        self.name = name
        self.value = value
        self.constraints = []
        self.determined_by = None
        self.mark = 0
        self.strength = WEAKEST
        self.stay = True


class Constraint:
    """Has methods that each compute one of its variables from the others; at most one is chosen."""

    def __init__(self, strength):
        self.strength = strength

    def join(self, planner):
        for variable in self.variables():
            variable.constraints.append(self)
        self.clear()
        planner.add(self)

    def leave(self, planner):
        if self.satisfied():
            planner.remove(self)
        for variable in self.variables():
            if self in variable.constraints:
                variable.constraints.remove(self)

    def is_input(self):
        return False

    def satisfy(self, mark, planner):
        self.choose(mark)
        if not self.satisfied():
            return None
        for variable in self.inputs():
            variable.mark = mark
        out = self.output()
        overridden = out.determined_by
        if overridden is not None:
            overridden.clear()
        out.determined_by = self
        planner.propagate(self, mark)
        out.mark = mark
        return overridden


class Unary(Constraint):
    def __init__(self, variable, strength):
        super().__init__(strength)
        self.variable = variable
        self.active = False

    def variables(self):
        return [self.variable]

    def inputs(self):
        return []

    def output(self):
        return self.variable

    def clear(self):
        self.active = False

    def satisfied(self):
        return self.active

    def choose(self, mark):
        self.active = self.variable.mark != mark and self.strength < self.variable.strength

    def recalculate(self):
        self.variable.strength = self.strength
        self.variable.stay = not self.is_input()
        if self.variable.stay:
            self.execute()

    def known(self, mark):
        return True


class Stay(Unary):
    def execute(self):
        pass


class Edit(Unary):
    def is_input(self):
        return True

    def execute(self):
        pass


class Binary(Constraint):
    def __init__(self, a, b, strength):
        super().__init__(strength)
        self.a = a
        self.b = b
        self.direction = 0

    def variables(self):
        return [self.a, self.b]

    def inputs(self):
        return [self.a if self.direction > 0 else self.b]

    def output(self):
        return self.b if self.direction > 0 else self.a

    def clear(self):
        self.direction = 0

    def satisfied(self):
        return self.direction != 0

    def choose(self, mark):
        a, b = self.a, self.b
        if a.mark == mark:
            self.direction = 1 if b.mark != mark and self.strength < b.strength else 0
        elif b.mark == mark:
            self.direction = -1 if self.strength < a.strength else 0
        elif a.strength > b.strength:
            self.direction = -1 if self.strength < a.strength else 0
        else:
            self.direction = 1 if self.strength < b.strength else 0

    def recalculate(self):
        source, out = self.inputs()[0], self.output()
        out.strength = max(self.strength, source.strength)
        out.stay = source.stay
        if out.stay:
            self.execute()

    def known(self, mark):
        source = self.inputs()[0]
        return source.mark == mark or source.stay or source.determined_by is None


class Equal(Binary):
    def execute(self):
        self.output().value = self.inputs()[0].value


class Scale(Binary):
    """b = a * factor + offset, in whole numbers."""

    def __init__(self, a, b, factor, offset, strength):
        super().__init__(a, b, strength)
        self.factor = factor
        self.offset = offset

    def execute(self):
        if self.direction > 0:
            self.b.value = self.a.value * self.factor + self.offset
        else:
            self.a.value = (self.b.value - self.offset) // self.factor


class Planner:
    def __init__(self):
        self.mark = 0

    def fresh(self):
        self.mark += 1
        return self.mark

    def add(self, constraint):
        mark = self.fresh()
        while constraint is not None:
            constraint = constraint.satisfy(mark, self)

    def remove(self, constraint):
        out = constraint.output()
        constraint.clear()
        out.determined_by = None
        out.strength = WEAKEST
        out.stay = True
        loose, todo = [], [out]
        while todo:
            variable = todo.pop()
            for other in variable.constraints:
                if not other.satisfied():
                    if other is not constraint:
                        loose.append(other)
                elif other is not variable.determined_by:
                    other.recalculate()
                    todo.append(other.output())
        loose.sort(key=lambda c: c.strength)
        for other in loose:
            if not other.satisfied():
                self.add(other)

    def propagate(self, constraint, mark):
        todo = [constraint]
        while todo:
            current = todo.pop()
            current.recalculate()
            out = current.output()
            todo.extend(c for c in out.constraints if c is not out.determined_by and c.satisfied())

    def plan(self, edits):
        mark = self.fresh()
        plan, todo = [], [e for e in edits if e.satisfied()]
        while todo:
            constraint = todo.pop()
            out = constraint.output()
            if out.mark != mark and constraint.known(mark):
                plan.append(constraint)
                out.mark = mark
                todo.extend(c for c in out.constraints if c is not out.determined_by and c.satisfied())
        return plan

    def change(self, variable, values):
        edit = Edit(variable, STRONG)
        edit.join(self)
        plan = self.plan([edit])
        for value in values:
            variable.value = value
            for constraint in plan:
                constraint.execute()
        edit.leave(self)


def chain(n):
    planner = Planner()
    variables = [Variable(f"v{i}") for i in range(n + 1)]
    for a, b in zip(variables, variables[1:]):
        Equal(a, b, REQUIRED).join(planner)
    Stay(variables[-1], WEAK).join(planner)
    planner.change(variables[0], range(60))
    return variables[-1].value


def projection(n):
    planner = Planner()
    check = 0
    sources, targets = [], []
    for i in range(n):
        a, b = Variable("a", i), Variable("b", i)
        sources.append(a)
        targets.append(b)
        Stay(a, MEDIUM).join(planner)
        Scale(a, b, 10, 1000, REQUIRED).join(planner)
    for a, b in zip(sources[::7], targets[::7]):
        planner.change(a, [17])
        check += b.value
        planner.change(b, [1050])
        check += a.value
    return check


def main(n):
    print(chain(n), projection(n * 2))


if __name__ == "__main__":
    import sys
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
