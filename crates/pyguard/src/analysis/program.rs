//! All files together: who defines what, who calls whom, and the order in which functions are analysed.
//!
//! Callees come before callers. Functions that call each other in a circle are taken in the order of the files, and see of each other only what was
//! analysed before. Groups that don't depend on each other run in parallel; since each sees only finished groups, the outcome does not depend on threads.

use std::sync::OnceLock;

use rayon::prelude::*;

use super::engine::Engine;
use super::model::{Model, Models};
use super::report::Report;
use super::summary;
use crate::cfg::Graph;
use crate::finding::Tier;
use crate::front::ast::*;
use crate::front::intern::{FastMap, FastSet, Name};
use crate::front::{self};
use crate::source::SourceFile;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FnId(pub u32);

pub struct FileData {
    pub source: SourceFile,
    pub file: front::File,
    /// Functions of this file by name.
    functions: FastMap<Name, Vec<(u8, FnId)>>,
    /// Names in tables of methods and slots.
    entries: FastSet<Name>,
    /// Functions in `tp_init` and its like.
    pub inits: FastSet<Name>,
    /// Fields, by type, that only such functions set although objects can be made without them.
    init_only: FastSet<(Name, Name)>,
}

pub struct Program {
    pub files: Vec<FileData>,
    /// File and index in it.
    pub functions: Vec<(FileId, usize)>,
    pub models: Models,
    globals: FastMap<Name, FnId>,
    summaries: Vec<OnceLock<Option<Model>>>,
}

impl Program {
    pub fn new(parsed: Vec<(SourceFile, front::File)>, models: Models) -> Program {
        let mut program = Program {
            files: Vec::new(),
            functions: Vec::new(),
            models,
            globals: FastMap::default(),
            summaries: Vec::new(),
        };
        for (index, (source, file)) in parsed.into_iter().enumerate() {
            let id = FileId(index as u32);
            let mut functions: FastMap<Name, Vec<(u8, FnId)>> = FastMap::default();
            for (number, function) in file.unit.functions.iter().enumerate() {
                let fn_id = FnId(program.functions.len() as u32);
                program.functions.push((id, number));
                functions
                    .entry(function.name)
                    .or_default()
                    .push((function.variant, fn_id));
                if !function.is_static {
                    program.globals.entry(function.name).or_insert(fn_id);
                }
            }
            let mut entries = FastSet::default();
            let mut inits = FastSet::default();
            for global in &file.unit.globals {
                let is_table = matches!(
                    global.ty.name,
                    "PyMethodDef"
                        | "PyGetSetDef"
                        | "PyTypeObject"
                        | "PyType_Slot"
                        | "PyNumberMethods"
                        | "PySequenceMethods"
                        | "PyMappingMethods"
                        | "PyAsyncMethods"
                        | "struct PyMethodDef"
                );
                if !is_table {
                    continue;
                }
                for mention in &global.mentions {
                    if mention.slot == "tp_init" || mention.slot == "Py_tp_init" {
                        inits.insert(mention.name);
                    }
                    let quiet = [
                        "iternext", "dealloc", "traverse", "clear", "free", "bool", "hash", "next",
                        "alloc", "del",
                    ]
                    .iter()
                    .any(|word| mention.slot.contains(word));
                    if !quiet {
                        entries.insert(mention.name);
                    }
                }
            }
            let init_only = init_only(&file.unit, &inits);
            program.files.push(FileData {
                source,
                file,
                functions,
                entries,
                inits,
                init_only,
            });
        }
        program.summaries = program.functions.iter().map(|_| OnceLock::new()).collect();
        program
    }

    pub fn function(&self, id: FnId) -> (FileId, &Function) {
        let (file, index) = self.functions[id.0 as usize];
        (
            file,
            &self.files[file.0 as usize].file.unit.functions[index],
        )
    }

    /// The function that a name means in one reading of a file: that reading's own, or else the ordinary one.
    fn find(&self, file: FileId, name: &str, variant: u8) -> Option<FnId> {
        match self.files[file.0 as usize].functions.get(name) {
            Some(alternatives) => alternatives
                .iter()
                .find(|(of, _)| *of == variant)
                .or(alternatives.first())
                .map(|(_, id)| *id),
            None => self.globals.get(name).copied(),
        }
    }

    pub fn model(&self, file: FileId, name: &str, variant: u8) -> Option<&Model> {
        // A static function may share an API's name only by shadowing it.
        if let Some(model) = self.models.get(name) {
            if !name.starts_with("_Py") || !model.is_plain() {
                return Some(model);
            }
            // Private helpers change between versions: a body that is at hand knows better.
            let own = self.own_summary(file, name, variant);
            return own.filter(|own| own.is_clear()).or(Some(model));
        }
        self.own_summary(file, name, variant)
    }

    /// What a function's own body showed, whatever the knowledge base says.
    pub fn own_summary(&self, file: FileId, name: &str, variant: u8) -> Option<&Model> {
        self.summaries[self.find(file, name, variant)?.0 as usize]
            .get()?
            .as_ref()
    }

    /// Whether its body is in the tree.
    pub fn is_defined(&self, file: FileId, name: &str) -> bool {
        self.find(file, name, 0).is_some()
    }

    pub fn is_function(&self, file: FileId, name: &str) -> bool {
        self.find(file, name, 0).is_some()
            || self.files[file.0 as usize]
                .file
                .unit
                .prototypes
                .contains_key(name)
            || self.models.get(name).is_some()
    }

    pub fn result_type(&self, file: FileId, name: &str) -> Option<Type> {
        if let Some(id) = self.find(file, name, 0) {
            return Some(self.function(id).1.result);
        }
        self.files[file.0 as usize]
            .file
            .unit
            .prototypes
            .get(name)
            .copied()
    }

    pub fn constant(&self, file: FileId, name: &str) -> Option<i64> {
        self.files[file.0 as usize]
            .file
            .unit
            .constants
            .get(name)
            .copied()
    }

    pub fn line(&self, file: FileId, pos: u32) -> u32 {
        self.files[file.0 as usize].source.line(pos)
    }

    /// Whether only `tp_init` sets a field of a type whose `tp_new` does nothing.
    pub fn is_init_only(&self, file: FileId, ty: Name, field: Name) -> bool {
        self.files[file.0 as usize].init_only.contains(&(ty, field))
    }

    /// Whether Python calls it directly, by a table or by its name.
    pub fn is_entry(&self, file: FileId, function: &Function) -> bool {
        self.files[file.0 as usize].entries.contains(function.name)
            || function.name.ends_with("_impl")
            || function.name.starts_with("PyInit_")
    }

    /// The word that stands somewhere.
    pub fn word(&self, file: FileId, pos: u32) -> &str {
        front::word_at(&self.files[file.0 as usize].source.text, pos)
    }

    pub fn unit(&self, file: FileId) -> &Unit {
        &self.files[file.0 as usize].file.unit
    }

    /// Groups of functions, callees first; the groups of one level don't depend on each other.
    fn levels(&self) -> Vec<Vec<Vec<FnId>>> {
        let count = self.functions.len();
        let callees: Vec<Vec<u32>> = (0..count)
            .into_par_iter()
            .map(|index| {
                let (file, function) = self.function(FnId(index as u32));
                let mut found: Vec<u32> = function
                    .exprs
                    .iter()
                    .filter_map(|expr| match &expr.kind {
                        ExprKind::Call(callee, _) => match function.expr(*callee).kind {
                            ExprKind::Global(name) => {
                                Some(self.find(file, name, function.variant)?.0)
                            }
                            _ => None,
                        },
                        _ => None,
                    })
                    .collect();
                found.sort_unstable();
                found.dedup();
                found
            })
            .collect();
        let groups = components(&callees);
        let mut group_of = vec![0usize; count];
        for (number, group) in groups.iter().enumerate() {
            for member in group {
                group_of[*member as usize] = number;
            }
        }
        // Components come callees first.
        let mut level_of = vec![0usize; groups.len()];
        let mut levels: Vec<Vec<Vec<FnId>>> = Vec::new();
        for (number, group) in groups.iter().enumerate() {
            let level = group
                .iter()
                .flat_map(|member| &callees[*member as usize])
                .filter(|callee| group_of[**callee as usize] != number)
                .map(|callee| level_of[group_of[*callee as usize]] + 1)
                .max()
                .unwrap_or(0);
            level_of[number] = level;
            if levels.len() <= level {
                levels.resize_with(level + 1, Vec::new);
            }
            let mut members: Vec<FnId> = group.iter().map(|member| FnId(*member)).collect();
            members.sort();
            levels[level].push(members);
        }
        levels
    }

    /// Analyses every function, and gives what was found, by function.
    pub fn analyse(&self, done: &(dyn Fn(usize) + Sync)) -> Vec<(FnId, Vec<Report>)> {
        let mut all: Vec<(FnId, Vec<Report>)> = Vec::new();
        for level in self.levels() {
            let mut found: Vec<(FnId, Vec<Report>)> = level
                .into_par_iter()
                .flat_map_iter(|group| {
                    let reports: Vec<_> = group
                        .into_iter()
                        .map(|id| (id, self.analyse_one(id)))
                        .collect();
                    done(reports.len());
                    reports
                })
                .collect();
            all.append(&mut found);
        }
        all.sort_by_key(|(id, _)| *id);
        self.thin(&mut all);
        all
    }

    /// What has to be repaired: the function, or the macro of the file that it comes from.
    fn place(&self, file: FileId, function: &Function, report: &Report) -> Name {
        let data = &self.files[file.0 as usize];
        let word = front::word_at(&data.source.text, report.pos);
        data.file
            .unit
            .macros
            .get(word)
            .copied()
            .unwrap_or(function.shown)
    }

    /// Of several findings of one kind in one function, and its alternatives, the surest is told and the others rank low: who repairs the one sees them.
    fn thin(&self, all: &mut [(FnId, Vec<Report>)]) {
        let mut best: FastMap<(FileId, Name, &'static str), (Tier, FnId, usize)> =
            FastMap::default();
        for (id, reports) in all.iter() {
            let (file, function) = self.function(*id);
            for (index, report) in reports.iter().enumerate() {
                let rank = (report.tier, *id, index);
                let entry = best
                    .entry((file, self.place(file, function, report), report.rule.id))
                    .or_insert(rank);
                *entry = rank.min(*entry);
            }
        }
        for (id, reports) in all {
            let (file, function) = self.function(*id);
            for (index, report) in reports.iter_mut().enumerate() {
                if best.get(&(file, self.place(file, function, report), report.rule.id))
                    != Some(&(report.tier, *id, index))
                {
                    report.tier = Tier::Low;
                }
            }
        }
    }

    /// What must not happen, a panic, costs one function and no more.
    fn analyse_one(&self, id: FnId) -> Vec<Report> {
        let reports =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.analyse_function(id)));
        reports.unwrap_or_else(|_| {
            let _ = self.summaries[id.0 as usize].set(None);
            Vec::new()
        })
    }

    fn analyse_function(&self, id: FnId) -> Vec<Report> {
        let (file, function) = self.function(id);
        let graph = if function.errors == 0 {
            Graph::build(function)
        } else {
            None
        };
        let Some(graph) = graph else {
            let _ = self.summaries[id.0 as usize].set(None);
            return Vec::new();
        };
        let mut engine = Engine::new(self, file, function, graph);
        engine.run();
        engine.settle_exits();
        crate::rules::on_end(&mut engine);
        let _ = self.summaries[id.0 as usize].set(summary::summarise(&engine));
        rank(
            &mut engine.reports,
            &self.files[file.0 as usize].source.path,
            function.name,
        );
        engine.reports
    }

    /// The summary of a function, once it was analysed.
    pub fn summary(&self, id: FnId) -> Option<&Model> {
        self.summaries[id.0 as usize].get()?.as_ref()
    }
}

/// Code that only tests the interpreter ranks low.
fn rank(reports: &mut [Report], path: &str, function: &str) {
    let is_test = is_test(path) || function.starts_with("test_");
    if is_test {
        for report in reports.iter_mut() {
            report.tier = Tier::Low;
        }
    }
    // An unchecked result and the call that follows it are one defect.
    let unchecked: FastSet<u32> = reports
        .iter()
        .filter(|report| {
            report.tier < Tier::Low
                && matches!(report.rule.id, "unchecked-null" | "unchecked-result")
        })
        .map(|report| report.root)
        .collect();
    let released: FastSet<u32> = reports
        .iter()
        .filter(|report| report.tier < Tier::Low && report.rule.id == "over-release")
        .map(|report| report.root)
        .collect();
    for report in reports.iter_mut() {
        if report.rule.id == "use-after-decref" && released.contains(&report.root) {
            report.tier = Tier::Low;
        }
        if report.rule.id == "exception-pending" && unchecked.contains(&report.root) {
            report.tier = Tier::Low;
        }
    }
}

fn is_test(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let file = parts.next().unwrap_or("");
    file.starts_with("_test")
        || file.starts_with("xx")
        || file.starts_with("_xx")
        || file.starts_with("_ctypes_test")
        || file.contains("_test.c")
        || parts.any(|part| {
            matches!(part, "tests" | "test" | "testing" | "examples")
                || part.starts_with("_xxtest")
                || part.starts_with("_test")
        })
}

/// Types whose `tp_new` is `PyType_GenericNew`, with the pointers that nothing but their `tp_init` sets.
fn init_only(unit: &Unit, inits: &FastSet<Name>) -> FastSet<(Name, Name)> {
    let generic = unit.globals.iter().any(|global| {
        global
            .mentions
            .iter()
            .any(|mention| mention.name == "PyType_GenericNew")
    });
    let mut set_by_init: FastSet<(Name, Name)> = FastSet::default();
    let mut set_elsewhere: FastSet<(Name, Name)> = FastSet::default();
    if !generic {
        return set_by_init;
    }
    let mut has_new: FastSet<Name> = FastSet::default();
    for function in &unit.functions {
        let is_init = inits.contains(function.name) || function.name.ends_with("___init___impl");
        let is_end = super::engine::is_destructor(function.name);
        for expr in &function.exprs {
            let (target, value) = match &expr.kind {
                ExprKind::Assign(None, target, value) => (*target, *value),
                ExprKind::Call(callee, arguments)
                    if arguments.len() == 2
                        && matches!(
                            function.expr(*callee).kind,
                            ExprKind::Global("Py_XSETREF" | "Py_SETREF")
                        ) =>
                {
                    (arguments[0], arguments[1])
                }
                _ => continue,
            };
            let ExprKind::Member(owner, field, true) = function.expr(target).kind else {
                continue;
            };
            let ExprKind::Var(var) = function.expr(owner).kind else {
                continue;
            };
            let ty = function.var(var).ty.name;
            if is_init && var.0 == 0 {
                if !matches!(function.expr(value).kind, ExprKind::Global("NULL")) {
                    set_by_init.insert((ty, field));
                }
            } else if !is_end {
                set_elsewhere.insert((ty, field));
                let name = function.name;
                if ["new", "New", "alloc", "Alloc", "_new_impl"]
                    .iter()
                    .any(|end| name.ends_with(end))
                    || name.contains("_new_")
                    || name.contains("_New_")
                {
                    has_new.insert(ty);
                }
            }
        }
    }
    set_by_init
        .retain(|(ty, field)| !has_new.contains(ty) && !set_elsewhere.contains(&(*ty, *field)));
    set_by_init
}

/// Strongly connected components, callees first (Tarjan, without recursion).
fn components(callees: &[Vec<u32>]) -> Vec<Vec<u32>> {
    const UNSEEN: u32 = u32::MAX;
    let count = callees.len();
    let mut index = vec![UNSEEN; count];
    let mut low = vec![0u32; count];
    let mut on_stack = vec![false; count];
    let mut stack = Vec::new();
    let mut out = Vec::new();
    let mut next = 0;
    for root in 0..count as u32 {
        if index[root as usize] != UNSEEN {
            continue;
        }
        let mut work: Vec<(u32, usize)> = vec![(root, 0)];
        while let Some((node, child)) = work.pop() {
            let at = node as usize;
            if child == 0 {
                index[at] = next;
                low[at] = next;
                next += 1;
                stack.push(node);
                on_stack[at] = true;
            }
            if let Some(callee) = callees[at].get(child) {
                work.push((node, child + 1));
                let callee = *callee as usize;
                if index[callee] == UNSEEN {
                    work.push((callee as u32, 0));
                } else if on_stack[callee] {
                    low[at] = low[at].min(index[callee]);
                }
                continue;
            }
            if low[at] == index[at] {
                let mut group = Vec::new();
                while let Some(member) = stack.pop() {
                    on_stack[member as usize] = false;
                    group.push(member);
                    if member == node {
                        break;
                    }
                }
                out.push(group);
            }
            if let Some((parent, _)) = work.last() {
                let parent = *parent as usize;
                low[parent] = low[parent].min(low[at]);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_come_callees_first() {
        // 0 -> 1 -> 2 -> 1, 3 -> 0
        let groups = components(&[vec![1], vec![2], vec![1], vec![0]]);
        assert_eq!(groups, [vec![2, 1], vec![0], vec![3]]);
    }
}
