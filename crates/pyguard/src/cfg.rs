//! Control-flow graphs: a function's body as blocks of expressions without control flow inside.
//!
//! `&&`, `||`, `?:` and statement expressions become branches, also within larger expressions: what they yield goes through a variable of its own. So
//! the analysis meets each condition alone. `assert(x)` is a branch whose other side ends nowhere.

use crate::front::ast::*;
use crate::front::intern::{FastMap, Name};
use std::fmt::Write;

pub type BlockId = usize;

/// Blocks of one function beyond this are not built: the function is given up.
const BLOCKS_MAX: usize = 30_000;

#[derive(Clone, Debug)]
pub enum Item {
    Eval(ExprId),
    /// A declaration with its value.
    Init(VarId, ExprId),
    /// A declaration without.
    Declare(VarId),
    Marker(Name, u32),
}

#[derive(Clone, Debug)]
pub enum End {
    Goto(BlockId),
    Branch {
        condition: ExprId,
        yes: BlockId,
        no: BlockId,
    },
    Switch {
        on: ExprId,
        cases: Vec<(ExprId, BlockId)>,
        default: BlockId,
    },
    Return {
        value: Option<ExprId>,
        pos: u32,
    },
    /// Not reached: a failed assertion.
    Stop,
}

#[derive(Clone, Debug)]
pub struct Block {
    pub items: Vec<Item>,
    pub end: End,
    pub is_loop_head: bool,
}

/// The graph; block 0 is the entry.
#[derive(Clone, Debug)]
pub struct Graph {
    pub blocks: Vec<Block>,
    /// The function's expressions and those that lowering made.
    pub exprs: Vec<Expr>,
    pub vars: Vec<Var>,
    /// Position of each block in reverse postorder; `usize::MAX` for what is not reached.
    pub order: Vec<usize>,
    /// Variables whose value may still be read at the start of each block, as bits.
    pub live: Vec<Vec<u64>>,
}

impl Graph {
    /// `None` when the function is too large.
    pub fn build(function: &Function) -> Option<Graph> {
        let mut builder = Builder {
            blocks: vec![Block {
                items: Vec::new(),
                end: End::Stop,
                is_loop_head: false,
            }],
            exprs: function.exprs.clone(),
            vars: function.vars.clone(),
            at: 0,
            labels: FastMap::default(),
            breaks: Vec::new(),
            continues: Vec::new(),
            switches: Vec::new(),
            computed: Vec::new(),
            temporaries: 0,
        };
        builder.statement(&function.body);
        let pos = function.end.saturating_sub(1);
        builder.blocks[builder.at].end = End::Return { value: None, pos };
        // A computed goto may go to any label; the first few stand for all.
        let labels: Vec<BlockId> = {
            let mut all: Vec<BlockId> = builder.labels.values().copied().collect();
            all.sort_unstable();
            all.truncate(200);
            all
        };
        for (block, on) in std::mem::take(&mut builder.computed) {
            if let Some((last, others)) = labels.split_last() {
                builder.blocks[block].end = End::Switch {
                    on,
                    cases: others.iter().map(|label| (on, *label)).collect(),
                    default: *last,
                };
            }
        }
        if builder.blocks.len() > BLOCKS_MAX {
            return None;
        }
        let mut graph = Graph {
            blocks: builder.blocks,
            exprs: builder.exprs,
            vars: builder.vars,
            order: Vec::new(),
            live: Vec::new(),
        };
        graph.number();
        graph.find_live();
        Some(graph)
    }

    pub fn expr(&self, id: ExprId) -> &Expr {
        &self.exprs[id.0 as usize]
    }

    pub fn successors(&self, block: BlockId) -> Vec<BlockId> {
        match &self.blocks[block].end {
            End::Goto(to) => vec![*to],
            End::Branch { yes, no, .. } => vec![*yes, *no],
            End::Switch { cases, default, .. } => {
                cases.iter().map(|(_, to)| *to).chain([*default]).collect()
            }
            End::Return { .. } | End::Stop => Vec::new(),
        }
    }

    /// Reverse postorder, and which blocks are entered by a jump back.
    fn number(&mut self) {
        let count = self.blocks.len();
        let mut post = Vec::with_capacity(count);
        // 0 unseen, 1 open, 2 done
        let mut colour = vec![0u8; count];
        let mut stack: Vec<(BlockId, Vec<BlockId>)> = vec![(0, self.successors(0))];
        colour[0] = 1;
        while let Some((block, rest)) = stack.last_mut() {
            match rest.pop() {
                Some(next) if colour[next] == 0 => {
                    colour[next] = 1;
                    let successors = self.successors(next);
                    stack.push((next, successors));
                }
                Some(next) => {
                    if colour[next] == 1 {
                        self.blocks[next].is_loop_head = true;
                    }
                }
                None => {
                    colour[*block] = 2;
                    post.push(*block);
                    stack.pop();
                }
            }
        }
        self.order = vec![usize::MAX; count];
        for (number, block) in post.iter().rev().enumerate() {
            self.order[*block] = number;
        }
    }

    fn find_live(&mut self) {
        let words = self.vars.len().div_ceil(64);
        let count = self.blocks.len();
        let mut uses = vec![vec![0u64; words]; count];
        let mut kills = vec![vec![0u64; words]; count];
        let mut always = vec![0u64; words];
        for index in 0..count {
            let mut visitor = Uses {
                exprs: &self.exprs,
                uses: &mut uses[index],
                kills: &mut kills[index],
                always: &mut always,
            };
            for item in &self.blocks[index].items {
                match item {
                    Item::Eval(expr) => visitor.visit(*expr),
                    Item::Init(var, expr) => {
                        visitor.visit(*expr);
                        visitor.kill(*var);
                    }
                    Item::Declare(var) => visitor.kill(*var),
                    Item::Marker(..) => {}
                }
            }
            match &self.blocks[index].end {
                End::Branch { condition, .. } => visitor.visit(*condition),
                End::Switch { on, .. } => visitor.visit(*on),
                End::Return {
                    value: Some(value), ..
                } => visitor.visit(*value),
                _ => {}
            }
        }
        for (index, var) in self.vars.iter().enumerate() {
            if var.is_static || var.ty.arrays > 0 {
                always[index / 64] |= 1 << (index % 64);
            }
        }
        let mut live = uses.clone();
        let mut blocks: Vec<BlockId> = (0..count)
            .filter(|block| self.order[*block] != usize::MAX)
            .collect();
        blocks.sort_by_key(|block| std::cmp::Reverse(self.order[*block]));
        // Loops need a few rounds; the bound only costs precision.
        for _ in 0..12 {
            let mut changed = false;
            for &block in &blocks {
                for next in self.successors(block) {
                    for word in 0..words {
                        let new = live[block][word] | live[next][word] & !kills[block][word];
                        changed |= new != live[block][word];
                        live[block][word] = new;
                    }
                }
            }
            if !changed {
                break;
            }
        }
        for set in &mut live {
            for (word, bits) in set.iter_mut().zip(&always) {
                *word |= bits;
            }
        }
        self.live = live;
    }

    pub fn is_live(&self, block: BlockId, var: usize) -> bool {
        self.live[block][var / 64] >> (var % 64) & 1 != 0
    }

    /// The graph as text, for tests and for looking at it.
    pub fn dump(&self) -> String {
        let mut out = String::new();
        for (index, block) in self.blocks.iter().enumerate() {
            if self.order[index] == usize::MAX {
                continue;
            }
            let _ = writeln!(
                out,
                "b{index}{}:",
                if block.is_loop_head { " (loop)" } else { "" }
            );
            for item in &block.items {
                let _ = match item {
                    Item::Eval(expr) => writeln!(out, "  {}", self.show(*expr)),
                    Item::Init(var, expr) => writeln!(
                        out,
                        "  {} := {}",
                        self.vars[var.0 as usize].name,
                        self.show(*expr)
                    ),
                    Item::Declare(var) => {
                        writeln!(out, "  declare {}", self.vars[var.0 as usize].name)
                    }
                    Item::Marker(name, _) => writeln!(out, "  {name}"),
                };
            }
            let _ = match &block.end {
                End::Goto(to) => writeln!(out, "  -> b{to}"),
                End::Branch { condition, yes, no } => {
                    writeln!(out, "  if {} -> b{yes} else b{no}", self.show(*condition))
                }
                End::Switch { on, cases, default } => {
                    let _ = write!(out, "  switch {}", self.show(*on));
                    for (value, to) in cases {
                        let _ = write!(out, " {} -> b{to}", self.show(*value));
                    }
                    writeln!(out, " else b{default}")
                }
                End::Return {
                    value: Some(value), ..
                } => writeln!(out, "  return {}", self.show(*value)),
                End::Return { value: None, .. } => writeln!(out, "  return"),
                End::Stop => writeln!(out, "  stop"),
            };
        }
        out
    }

    /// An expression as C.
    pub fn show(&self, id: ExprId) -> String {
        show(&self.exprs, &self.vars, id)
    }
}

/// An expression as C, with parentheses only where two operators meet.
pub fn show(exprs: &[Expr], vars: &[Var], id: ExprId) -> String {
    let mut out = String::new();
    show_into(exprs, vars, id, &mut out, 0);
    out
}

fn show_into(exprs: &[Expr], vars: &[Var], id: ExprId, out: &mut String, depth: u32) {
    // Long enough for any message.
    if depth > 60 || out.len() > 400 {
        out.push('…');
        return;
    }
    let go = |id: ExprId, out: &mut String| show_into(exprs, vars, id, out, depth + 1);
    let grouped = |id: ExprId, out: &mut String| {
        let nested = matches!(
            exprs[id.0 as usize].kind,
            ExprKind::Binary(..) | ExprKind::Assign(..) | ExprKind::Conditional(..)
        );
        if nested {
            out.push('(');
        }
        show_into(exprs, vars, id, out, depth + 1);
        if nested {
            out.push(')');
        }
    };
    match &exprs[id.0 as usize].kind {
        ExprKind::Var(var) => out.push_str(vars[var.0 as usize].name),
        ExprKind::Global(name) => out.push_str(name),
        ExprKind::Int(value) => {
            let _ = write!(out, "{}", *value as i64);
        }
        ExprKind::Float(value) => {
            let _ = write!(out, "{value}");
        }
        ExprKind::Str(text) => {
            let _ = write!(out, "\"{text}\"");
        }
        ExprKind::Unary(op, inner) => {
            let (before, after) = match op {
                UnaryOp::Neg => ("-", ""),
                UnaryOp::Plus => ("+", ""),
                UnaryOp::Not => ("!", ""),
                UnaryOp::BitNot => ("~", ""),
                UnaryOp::Deref => ("*", ""),
                UnaryOp::AddrOf => ("&", ""),
                UnaryOp::PreInc => ("++", ""),
                UnaryOp::PreDec => ("--", ""),
                UnaryOp::PostInc => ("", "++"),
                UnaryOp::PostDec => ("", "--"),
            };
            out.push_str(before);
            grouped(*inner, out);
            out.push_str(after);
        }
        ExprKind::Binary(op, left, right) => {
            grouped(*left, out);
            if *op == BinaryOp::Comma {
                out.push_str(", ");
            } else {
                let _ = write!(out, " {} ", operator(*op));
            }
            grouped(*right, out);
        }
        ExprKind::Assign(op, left, right) => {
            go(*left, out);
            let _ = write!(out, " {}= ", op.map_or("", operator));
            go(*right, out);
        }
        ExprKind::Conditional(condition, yes, no) => {
            grouped(*condition, out);
            out.push_str(" ? ");
            grouped(*yes, out);
            out.push_str(" : ");
            grouped(*no, out);
        }
        ExprKind::Call(callee, arguments) => {
            go(*callee, out);
            out.push('(');
            for (index, argument) in arguments.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                go(*argument, out);
            }
            out.push(')');
        }
        ExprKind::Member(inner, field, arrow) => {
            grouped(*inner, out);
            out.push_str(if *arrow { "->" } else { "." });
            out.push_str(field);
        }
        ExprKind::Index(inner, index) => {
            grouped(*inner, out);
            out.push('[');
            go(*index, out);
            out.push(']');
        }
        ExprKind::Cast(ty, inner) => {
            let _ = write!(out, "({}{})", ty.name, "*".repeat(ty.pointers as usize));
            grouped(*inner, out);
        }
        ExprKind::SizeofExpr(inner) => {
            out.push_str("sizeof(");
            go(*inner, out);
            out.push(')');
        }
        ExprKind::SizeofType(ty) => {
            let _ = write!(
                out,
                "sizeof({}{})",
                ty.name,
                "*".repeat(ty.pointers as usize)
            );
        }
        ExprKind::List(_) => out.push_str("{…}"),
        ExprKind::Statements(_) => out.push_str("({…})"),
        ExprKind::Opaque => out.push('?'),
    }
}

pub fn operator(op: BinaryOp) -> &'static str {
    use BinaryOp::*;
    match op {
        Add => "+",
        Sub => "-",
        Mul => "*",
        Div => "/",
        Rem => "%",
        Shl => "<<",
        Shr => ">>",
        BitAnd => "&",
        BitOr => "|",
        BitXor => "^",
        Eq => "==",
        Ne => "!=",
        Lt => "<",
        Le => "<=",
        Gt => ">",
        Ge => ">=",
        And => "&&",
        Or => "||",
        Comma => ",",
    }
}

struct Uses<'a> {
    exprs: &'a [Expr],
    uses: &'a mut [u64],
    kills: &'a mut [u64],
    always: &'a mut [u64],
}

impl Uses<'_> {
    fn kill(&mut self, var: VarId) {
        self.kills[var.0 as usize / 64] |= 1 << (var.0 % 64);
    }

    fn visit(&mut self, id: ExprId) {
        match &self.exprs[id.0 as usize].kind {
            ExprKind::Var(var) => {
                let (word, bit) = (var.0 as usize / 64, 1u64 << (var.0 % 64));
                if self.kills[word] & bit == 0 {
                    self.uses[word] |= bit;
                }
            }
            ExprKind::Assign(None, target, value) => {
                self.visit(*value);
                match self.exprs[target.0 as usize].kind {
                    ExprKind::Var(var) => self.kill(var),
                    _ => self.visit(*target),
                }
            }
            ExprKind::Unary(UnaryOp::AddrOf, inner) => {
                let mut base = *inner;
                while let ExprKind::Member(next, _, false) | ExprKind::Index(next, _) =
                    &self.exprs[base.0 as usize].kind
                {
                    base = *next;
                }
                if let ExprKind::Var(var) = self.exprs[base.0 as usize].kind {
                    self.always[var.0 as usize / 64] |= 1 << (var.0 % 64);
                }
                self.visit(*inner);
            }
            ExprKind::Member(inner, ..) | ExprKind::Unary(_, inner) | ExprKind::Cast(_, inner) => {
                self.visit(*inner)
            }
            ExprKind::Binary(_, left, right)
            | ExprKind::Assign(_, left, right)
            | ExprKind::Index(left, right) => {
                self.visit(*left);
                self.visit(*right);
            }
            ExprKind::Conditional(condition, yes, no) => {
                self.visit(*condition);
                self.visit(*yes);
                self.visit(*no);
            }
            ExprKind::Call(callee, arguments) => {
                self.visit(*callee);
                for argument in arguments {
                    self.visit(*argument);
                }
            }
            ExprKind::List(items) => {
                for (_, item) in items {
                    self.visit(*item);
                }
            }
            _ => {}
        }
    }
}

struct Builder {
    blocks: Vec<Block>,
    exprs: Vec<Expr>,
    vars: Vec<Var>,
    /// The block being filled.
    at: BlockId,
    labels: FastMap<Name, BlockId>,
    breaks: Vec<BlockId>,
    continues: Vec<BlockId>,
    switches: Vec<(Vec<(ExprId, BlockId)>, Option<BlockId>)>,
    computed: Vec<(BlockId, ExprId)>,
    temporaries: u32,
}

impl Builder {
    fn block(&mut self) -> BlockId {
        self.blocks.push(Block {
            items: Vec::new(),
            end: End::Stop,
            is_loop_head: false,
        });
        self.blocks.len() - 1
    }

    fn finish(&mut self, end: End, next: BlockId) {
        self.blocks[self.at].end = end;
        self.at = next;
    }

    fn push(&mut self, item: Item) {
        self.blocks[self.at].items.push(item);
    }

    fn add(&mut self, kind: ExprKind, pos: u32) -> ExprId {
        self.exprs.push(Expr { kind, pos });
        ExprId(self.exprs.len() as u32 - 1)
    }

    fn label(&mut self, name: Name) -> BlockId {
        if let Some(block) = self.labels.get(name) {
            return *block;
        }
        let block = self.block();
        self.labels.insert(name, block);
        block
    }

    fn statement(&mut self, statement: &Stmt) {
        if self.blocks.len() > BLOCKS_MAX {
            return;
        }
        match &statement.kind {
            StmtKind::Empty => {}
            StmtKind::Expr(value) => self.evaluate(*value),
            StmtKind::Decl(declared) => {
                for (var, value) in declared {
                    match value {
                        Some(value) if !self.vars[var.0 as usize].is_static => {
                            let value = self.value(*value);
                            self.push(Item::Init(*var, value));
                        }
                        _ => self.push(Item::Declare(*var)),
                    }
                }
            }
            StmtKind::Block(body) => {
                for statement in body {
                    self.statement(statement);
                }
            }
            StmtKind::If(condition, yes, no) => {
                let (then, after) = (self.block(), self.block());
                let otherwise = if no.is_some() { self.block() } else { after };
                self.branch(*condition, then, otherwise);
                self.at = then;
                self.statement(yes);
                self.finish(End::Goto(after), otherwise);
                if let Some(no) = no {
                    self.statement(no);
                    self.finish(End::Goto(after), after);
                }
                self.at = after;
            }
            StmtKind::While(condition, body) => {
                let (head, inside, after) = (self.block(), self.block(), self.block());
                self.finish(End::Goto(head), head);
                self.branch(*condition, inside, after);
                self.looped(body, inside, head, after);
                self.finish(End::Goto(head), after);
            }
            StmtKind::DoWhile(body, condition) => {
                let (inside, test, after) = (self.block(), self.block(), self.block());
                self.finish(End::Goto(inside), inside);
                self.looped(body, inside, test, after);
                self.finish(End::Goto(test), test);
                self.branch(*condition, inside, after);
                self.at = after;
            }
            StmtKind::For(first, condition, step, body) => {
                if let Some(first) = first {
                    self.statement(first);
                }
                let (head, inside, next, after) =
                    (self.block(), self.block(), self.block(), self.block());
                self.finish(End::Goto(head), head);
                match condition {
                    Some(condition) => self.branch(*condition, inside, after),
                    None => self.finish(End::Goto(inside), inside),
                }
                self.looped(body, inside, next, after);
                self.finish(End::Goto(next), next);
                if let Some(step) = step {
                    self.evaluate(*step);
                }
                self.finish(End::Goto(head), after);
            }
            StmtKind::Switch(on, body) => {
                let on = self.lower(*on);
                let head = self.at;
                let (dead, after) = (self.block(), self.block());
                self.switches.push((Vec::new(), None));
                self.breaks.push(after);
                self.at = dead;
                self.statement(body);
                self.finish(End::Goto(after), after);
                self.breaks.pop();
                let (cases, default) = self.switches.pop().unwrap_or_default();
                self.blocks[head].end = End::Switch {
                    on,
                    cases,
                    default: default.unwrap_or(after),
                };
            }
            StmtKind::Case(value) => {
                let block = self.block();
                self.finish(End::Goto(block), block);
                if let Some((cases, _)) = self.switches.last_mut() {
                    cases.push((*value, block));
                }
            }
            StmtKind::Default => {
                let block = self.block();
                self.finish(End::Goto(block), block);
                if let Some((_, default)) = self.switches.last_mut() {
                    *default = Some(block);
                }
            }
            StmtKind::Label(name) => {
                let block = self.label(name);
                self.finish(End::Goto(block), block);
            }
            StmtKind::Goto(name) => {
                let block = self.label(name);
                let dead = self.block();
                self.finish(End::Goto(block), dead);
            }
            StmtKind::GotoComputed(to) => {
                let to = self.lower(*to);
                self.computed.push((self.at, to));
                self.at = self.block();
            }
            StmtKind::Break => self.jump(self.breaks.last().copied()),
            StmtKind::Continue => self.jump(self.continues.last().copied()),
            StmtKind::Return(value) => {
                let value = value.map(|value| self.lower(value));
                let dead = self.block();
                self.finish(
                    End::Return {
                        value,
                        pos: statement.pos,
                    },
                    dead,
                );
            }
            StmtKind::Marker(name) => self.push(Item::Marker(name, statement.pos)),
        }
    }

    fn looped(&mut self, body: &Stmt, inside: BlockId, next: BlockId, after: BlockId) {
        self.breaks.push(after);
        self.continues.push(next);
        self.at = inside;
        self.statement(body);
        self.breaks.pop();
        self.continues.pop();
    }

    fn jump(&mut self, to: Option<BlockId>) {
        if let Some(to) = to {
            let dead = self.block();
            self.finish(End::Goto(to), dead);
        }
    }

    /// An expression for its effects.
    fn evaluate(&mut self, value: ExprId) {
        match self.exprs[value.0 as usize].kind.clone() {
            ExprKind::Binary(BinaryOp::Comma, left, right) => {
                self.evaluate(left);
                self.evaluate(right);
            }
            ExprKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), left, right) => {
                let (then, after) = (self.block(), self.block());
                if op == BinaryOp::And {
                    self.branch(left, then, after);
                } else {
                    self.branch(left, after, then);
                }
                self.at = then;
                self.evaluate(right);
                self.finish(End::Goto(after), after);
            }
            ExprKind::Conditional(condition, yes, no) => {
                let (then, otherwise, after) = (self.block(), self.block(), self.block());
                self.branch(condition, then, otherwise);
                self.at = then;
                self.evaluate(yes);
                self.finish(End::Goto(after), otherwise);
                self.evaluate(no);
                self.finish(End::Goto(after), after);
            }
            ExprKind::Assign(None, target, chosen) if self.is_comparison(chosen) => {
                let pos = self.exprs[value.0 as usize].pos;
                let chosen = self.value(chosen);
                let target = self.lower(target);
                let assignment = self.add(ExprKind::Assign(None, target, chosen), pos);
                self.push(Item::Eval(assignment));
            }
            ExprKind::Cast(_, inner)
                if !matches!(self.exprs[inner.0 as usize].kind, ExprKind::Call(..)) =>
            {
                self.evaluate(inner)
            }
            ExprKind::Call(callee, arguments)
                if arguments.len() == 1 && self.is_assertion(callee) =>
            {
                let (holds, fails) = (self.block(), self.block());
                if self.calls(arguments[0], 12) {
                    // Only debug builds evaluate it: no call of the program's.
                    self.finish(End::Goto(holds), holds);
                } else {
                    self.branch(arguments[0], holds, fails);
                    self.at = holds;
                }
            }
            _ => {
                let value = self.lower(value);
                self.push(Item::Eval(value));
            }
        }
    }

    fn is_assertion(&self, callee: ExprId) -> bool {
        matches!(
            self.exprs[callee.0 as usize].kind,
            ExprKind::Global("assert" | "Py_ASSUME" | "__builtin_assume" | "_assert")
        )
    }

    /// Goes to `yes` or `no`, and leaves no block open.
    fn branch(&mut self, condition: ExprId, yes: BlockId, no: BlockId) {
        match self.exprs[condition.0 as usize].kind.clone() {
            ExprKind::Unary(UnaryOp::Not, inner) => self.branch(inner, no, yes),
            ExprKind::Binary(BinaryOp::And, left, right) => {
                let middle = self.block();
                self.branch(left, middle, no);
                self.at = middle;
                self.branch(right, yes, no);
            }
            ExprKind::Binary(BinaryOp::Or, left, right) => {
                let middle = self.block();
                self.branch(left, yes, middle);
                self.at = middle;
                self.branch(right, yes, no);
            }
            ExprKind::Binary(BinaryOp::Comma, left, right) => {
                self.evaluate(left);
                self.branch(right, yes, no);
            }
            ExprKind::Conditional(test, left, right) => {
                let (then, otherwise) = (self.block(), self.block());
                self.branch(test, then, otherwise);
                self.at = then;
                self.branch(left, yes, no);
                self.at = otherwise;
                self.branch(right, yes, no);
            }
            ExprKind::Int(value) => self.finish(End::Goto(if value != 0 { yes } else { no }), yes),
            ExprKind::Call(callee, arguments)
                if !arguments.is_empty()
                    && matches!(
                        self.exprs[callee.0 as usize].kind,
                        ExprKind::Global(
                            "__builtin_expect"
                                | "likely"
                                | "unlikely"
                                | "Py_LIKELY"
                                | "Py_UNLIKELY"
                                | "LIKELY"
                                | "UNLIKELY"
                        )
                    ) =>
            {
                self.branch(arguments[0], yes, no);
            }
            ExprKind::Cast(ty, inner)
                if ty.name == "void"
                    || ty.name == "bool"
                    || ty.name == "int" && self.is_logical(inner) =>
            {
                self.branch(inner, yes, no)
            }
            _ => {
                let condition = self.lower(condition);
                self.finish(End::Branch { condition, yes, no }, yes);
            }
        }
    }

    fn is_comparison(&self, id: ExprId) -> bool {
        matches!(self.exprs[id.0 as usize].kind, ExprKind::Binary(op, ..) if op.is_comparison())
    }

    /// The value of a variable: a comparison that is kept for later decides now, so that its outcome and the variable agree.
    fn value(&mut self, id: ExprId) -> ExprId {
        if !self.is_comparison(id) {
            return self.lower(id);
        }
        self.choice(id)
    }

    fn choice(&mut self, id: ExprId) -> ExprId {
        let pos = self.exprs[id.0 as usize].pos;
        let temporary = self.temporary("int", pos);
        let (one, zero) = (
            self.add(ExprKind::Int(1), pos),
            self.add(ExprKind::Int(0), pos),
        );
        let (then, otherwise, after) = (self.block(), self.block(), self.block());
        self.branch(id, then, otherwise);
        self.at = then;
        self.push(Item::Init(temporary, one));
        self.finish(End::Goto(after), otherwise);
        self.push(Item::Init(temporary, zero));
        self.finish(End::Goto(after), after);
        self.add(ExprKind::Var(temporary), pos)
    }

    /// Whether it calls anything but a check of a type.
    fn calls(&self, id: ExprId, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else {
            return false;
        };
        match &self.exprs[id.0 as usize].kind {
            ExprKind::Call(callee, arguments) => {
                let harmless = matches!(self.exprs[callee.0 as usize].kind, ExprKind::Global(name) if name.contains("Check") || name.contains("GET_") || name.starts_with("Py_") || name.contains("_IS_") || name == "PyErr_Occurred");
                !harmless
                    || arguments
                        .iter()
                        .any(|argument| self.calls(*argument, depth))
            }
            ExprKind::Binary(_, left, right) => {
                self.calls(*left, depth) || self.calls(*right, depth)
            }
            ExprKind::Unary(_, inner) | ExprKind::Cast(_, inner) | ExprKind::Member(inner, ..) => {
                self.calls(*inner, depth)
            }
            _ => false,
        }
    }

    fn is_logical(&self, id: ExprId) -> bool {
        match self.exprs[id.0 as usize].kind {
            ExprKind::Binary(op, ..) => {
                op.is_comparison() || matches!(op, BinaryOp::And | BinaryOp::Or)
            }
            ExprKind::Unary(UnaryOp::Not, _) => true,
            _ => false,
        }
    }

    /// The same expression with what controls flow taken out of it, into blocks before it.
    fn lower(&mut self, id: ExprId) -> ExprId {
        let Expr { kind, pos } = self.exprs[id.0 as usize].clone();
        let new = match kind {
            ExprKind::Binary(BinaryOp::And | BinaryOp::Or, ..) => return self.choice(id),
            ExprKind::Conditional(condition, yes, no) => {
                let temporary = self.temporary("", pos);
                let (then, otherwise, after) = (self.block(), self.block(), self.block());
                self.branch(condition, then, otherwise);
                self.at = then;
                let yes = self.lower(yes);
                self.push(Item::Init(temporary, yes));
                self.finish(End::Goto(after), otherwise);
                let no = self.lower(no);
                self.push(Item::Init(temporary, no));
                self.finish(End::Goto(after), after);
                return self.add(ExprKind::Var(temporary), pos);
            }
            ExprKind::Statements(body) => {
                let StmtKind::Block(statements) = &body.kind else {
                    return id;
                };
                let Some((last, first)) = statements.split_last() else {
                    return id;
                };
                for statement in first {
                    self.statement(statement);
                }
                return match &last.kind {
                    StmtKind::Expr(value) => self.lower(*value),
                    _ => {
                        self.statement(last);
                        id
                    }
                };
            }
            ExprKind::Binary(BinaryOp::Comma, left, right) => {
                self.evaluate(left);
                return self.lower(right);
            }
            ExprKind::Unary(op, inner) => ExprKind::Unary(op, self.lower(inner)),
            ExprKind::Binary(op, left, right) => {
                ExprKind::Binary(op, self.lower(left), self.lower(right))
            }
            ExprKind::Assign(op, left, right) => {
                let left = self.lower(left);
                ExprKind::Assign(op, left, self.lower(right))
            }
            ExprKind::Call(callee, arguments) => {
                if matches!(
                    self.exprs[callee.0 as usize].kind,
                    ExprKind::Global(
                        "__builtin_expect" | "likely" | "unlikely" | "Py_LIKELY" | "Py_UNLIKELY"
                    )
                ) {
                    if let Some(first) = arguments.first() {
                        return self.lower(*first);
                    }
                }
                let callee = self.lower(callee);
                ExprKind::Call(
                    callee,
                    arguments
                        .into_iter()
                        .map(|argument| self.lower(argument))
                        .collect(),
                )
            }
            ExprKind::Member(inner, field, arrow) => {
                ExprKind::Member(self.lower(inner), field, arrow)
            }
            ExprKind::Index(left, right) => {
                let left = self.lower(left);
                ExprKind::Index(left, self.lower(right))
            }
            ExprKind::Cast(ty, inner) => ExprKind::Cast(ty, self.lower(inner)),
            ExprKind::List(items) => ExprKind::List(
                items
                    .into_iter()
                    .map(|(name, item)| (name, self.lower(item)))
                    .collect(),
            ),
            ExprKind::Var(_)
            | ExprKind::Global(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Str(_)
            | ExprKind::SizeofExpr(_)
            | ExprKind::SizeofType(_)
            | ExprKind::Opaque => return id,
        };
        // Nodes belong to one function and are lowered once: they change in place.
        self.exprs[id.0 as usize].kind = new;
        id
    }

    fn temporary(&mut self, ty: Name, pos: u32) -> VarId {
        self.temporaries += 1;
        self.vars.push(Var {
            name: "(choice)",
            ty: Type::named(ty),
            pos,
            is_param: false,
            is_static: false,
        });
        VarId(self.vars.len() as u32 - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front;
    use crate::source::SourceFile;

    fn dump(text: &str) -> String {
        let source = SourceFile::new("t.c", text);
        let file = front::parse(
            &source,
            std::path::Path::new("/nonexistent/t.c"),
            &front::Headers::default(),
            &|_| false,
        );
        Graph::build(&file.unit.functions[0]).expect("small").dump()
    }

    #[test]
    fn conditions_become_branches() {
        let text = dump(
            "int f(int a, int b) { int c = a && b ? g() : 1; while (c < 3) { if (a) break; c++; } return c; }",
        );
        assert_eq!(
            text,
            "b0:\n  if a -> b4 else b2\nb1:\n  (choice) := g()\n  -> b3\nb2:\n  (choice) := 1\n  -> b3\nb3:\n  c := (choice)\n  -> b5\n\
             b4:\n  if b -> b1 else b2\nb5 (loop):\n  if c < 3 -> b6 else b7\nb6:\n  if a -> b8 else b9\nb7:\n  return c\nb8:\n  -> b7\nb9:\n  c++\n  -> b5\n"
        );
    }

    #[test]
    fn cleanup_labels_and_switches() {
        let text = dump(
            "int f(int a) { switch (a) { case 1: goto done; case 2: a = 3; break; default: return 1; } assert(a); done: return 0; }",
        );
        assert!(text.contains("switch a 1 -> b3 2 -> b6 else b8"), "{text}");
        assert!(text.contains("stop"), "{text}");
    }
}
