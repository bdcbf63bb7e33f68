//! The second pass: every name of every block gets its `Reach`; free variables and cells are found; comprehensions are inlined.
//!
//! CPython: Python/symtable.c, analyze_block and what it calls. The sets go down by copy (what the enclosing blocks bind) and up by
//! union (what the inner blocks leave free). Recursion is as deep as blocks nest, which the builder has bounded.

use super::{BlockId, BlockKind, Comprehension, Reach, Scopes, Sym, def};
use crate::error::CompileError;
use rustc_hash::{FxHashMap, FxHashSet};

type Set = FxHashSet<Sym>;

/// Names with a meaning of their own in class blocks.
struct Special {
    class: Sym,
    classdict: Sym,
    conditional: Sym,
}

pub fn analyze(scopes: &mut Scopes) -> Result<(), CompileError> {
    let special = Special {
        class: scopes.names.intern("__class__"),
        classdict: scopes.names.intern("__classdict__"),
        conditional: scopes.names.intern("__conditional_annotations__"),
    };
    let mut free = Set::default();
    block(
        scopes,
        &special,
        0,
        None,
        &mut free,
        Set::default(),
        Set::default(),
        None,
    )
}

#[allow(
    clippy::too_many_arguments,
    reason = "the sets are the algorithm's state, each with its own direction"
)]
fn block(
    scopes: &mut Scopes,
    special: &Special,
    id: BlockId,
    mut bound: Option<Set>,
    free: &mut Set,
    mut global: Set,
    mut type_params: Set,
    class_entry: Option<BlockId>,
) -> Result<(), CompileError> {
    let kind = scopes.blocks[id].kind;
    let mut local = Set::default();
    let mut reach: FxHashMap<Sym, Reach> = FxHashMap::default();
    let mut new_global = Set::default();
    let mut new_free = Set::default();
    let mut new_bound = Set::default();
    let mut inlined_cells = Set::default();
    if kind == BlockKind::Class {
        new_global.extend(&global);
        if let Some(bound) = &bound {
            new_bound.extend(bound);
        }
    }
    let symbols: Vec<(Sym, u32)> = scopes.blocks[id]
        .symbols
        .iter()
        .map(|(name, s)| (*name, s.flags))
        .collect();
    for &(name, flags) in &symbols {
        let found = one_name(
            scopes,
            id,
            name,
            flags,
            &mut bound,
            &mut local,
            &mut new_free,
            &mut global,
            &mut type_params,
            class_entry,
        )?;
        reach.insert(name, found);
    }
    if kind != BlockKind::Class {
        if scopes.blocks[id].function_like() {
            new_bound.extend(&local);
        }
        if let Some(bound) = &bound {
            new_bound.extend(bound);
        }
        new_global.extend(&global);
    } else {
        new_bound.extend([special.class, special.classdict, special.conditional]);
    }

    let children = std::mem::take(&mut scopes.blocks[id].children);
    for &child in &children {
        let sees_class = scopes.blocks[child].can_see_class_scope;
        let entry = if !sees_class {
            None
        } else if kind == BlockKind::Class {
            Some(id)
        } else {
            class_entry
        };
        let inline = !matches!(
            scopes.blocks[child].comprehension,
            Comprehension::No | Comprehension::Generator
        ) && !scopes.blocks[id].can_see_class_scope;
        let mut child_free = Set::default();
        block(
            scopes,
            special,
            child,
            Some(new_bound.clone()),
            &mut child_free,
            new_global.clone(),
            type_params.clone(),
            entry,
        )?;
        // What a comprehension's own functions take from the class has to come through the comprehension's cells.
        let takes_class = kind == BlockKind::Class
            && [special.class, special.classdict, special.conditional]
                .iter()
                .any(|&name| free_in_children(scopes, child, name));
        if inline && !takes_class {
            inline_comprehension(
                scopes,
                special,
                id,
                child,
                &mut reach,
                &mut child_free,
                &mut inlined_cells,
            );
            scopes.blocks[child].comp_inlined = true;
        }
        new_free.extend(child_free);
        if scopes.blocks[child].has_free || scopes.blocks[child].child_free {
            scopes.blocks[id].child_free = true;
        }
    }
    // An inlined comprehension's own children become this block's.
    let mut spliced = Vec::with_capacity(children.len());
    for child in children {
        if scopes.blocks[child].comp_inlined {
            spliced.extend(scopes.blocks[child].children.iter().copied());
        } else {
            spliced.push(child);
        }
    }
    scopes.blocks[id].children = spliced;

    if scopes.blocks[id].function_like() {
        for (name, how) in &mut reach {
            if *how == Reach::Local && (new_free.contains(name) || inlined_cells.contains(name)) {
                *how = Reach::Cell;
                new_free.remove(name);
            }
        }
    } else if kind == BlockKind::Class {
        let block = &mut scopes.blocks[id];
        if new_free.remove(&special.class) {
            block.needs_class_closure = true;
        }
        if new_free.remove(&special.classdict) {
            block.needs_classdict = true;
        }
        if new_free.remove(&special.conditional) {
            block.has_conditional_annotations = true;
        }
    }
    update(
        scopes,
        id,
        &reach,
        bound.as_ref(),
        &new_free,
        &inlined_cells,
        kind == BlockKind::Class || scopes.blocks[id].can_see_class_scope,
    );
    if !new_free.is_empty() {
        scopes.blocks[id].has_free = scopes.blocks[id]
            .symbols
            .iter()
            .any(|(_, s)| s.reach == Reach::Free);
    }
    free.extend(new_free);
    Ok(())
}

#[allow(
    clippy::too_many_arguments,
    reason = "the sets are the algorithm's state, each with its own direction"
)]
fn one_name(
    scopes: &Scopes,
    id: BlockId,
    name: Sym,
    flags: u32,
    bound: &mut Option<Set>,
    local: &mut Set,
    free: &mut Set,
    global: &mut Set,
    type_params: &mut Set,
    class_entry: Option<BlockId>,
) -> Result<Reach, CompileError> {
    let error = |message: String| {
        let place = scopes.blocks[id]
            .directives
            .iter()
            .find(|d| d.name == name)
            .map_or(scopes.blocks[id].range, |d| d.range);
        CompileError::syntax(message, place)
    };
    if flags & def::GLOBAL != 0 {
        if flags & def::NONLOCAL != 0 {
            return Err(error(format!(
                "name '{}' is nonlocal and global",
                scopes.names.text(name)
            )));
        }
        global.insert(name);
        if let Some(bound) = bound {
            bound.remove(&name);
        }
        return Ok(Reach::GlobalExplicit);
    }
    if flags & def::NONLOCAL != 0 {
        let Some(bound) = bound else {
            return Err(error(
                "nonlocal declaration not allowed at module level".into(),
            ));
        };
        if !bound.contains(&name) {
            return Err(error(format!(
                "no binding for nonlocal '{}' found",
                scopes.names.text(name)
            )));
        }
        if type_params.contains(&name) {
            return Err(error(format!(
                "nonlocal binding not allowed for type parameter '{}'",
                scopes.names.text(name)
            )));
        }
        free.insert(name);
        return Ok(Reach::Free);
    }
    if flags & def::BOUND != 0 {
        local.insert(name);
        global.remove(&name);
        if flags & def::TYPE_PARAM != 0 {
            type_params.insert(name);
        } else {
            type_params.remove(&name);
        }
        return Ok(Reach::Local);
    }
    // An annotation scope in a class sees the class's names, but through the class's mapping, not through a cell.
    if let Some(class) = class_entry
        && let Some(symbol) = scopes.blocks[class].lookup(name)
    {
        if symbol.flags & def::GLOBAL != 0 {
            return Ok(Reach::GlobalExplicit);
        }
        if symbol.flags & def::BOUND != 0 && symbol.flags & def::NONLOCAL == 0 {
            return Ok(Reach::GlobalImplicit);
        }
    }
    if bound.as_ref().is_some_and(|bound| bound.contains(&name)) {
        free.insert(name);
        return Ok(Reach::Free);
    }
    Ok(Reach::GlobalImplicit)
}

fn inline_comprehension(
    scopes: &mut Scopes,
    special: &Special,
    id: BlockId,
    comp: BlockId,
    reach: &mut FxHashMap<Sym, Reach>,
    comp_free: &mut Set,
    inlined_cells: &mut Set,
) {
    let inner = scopes.blocks[comp].comp_vars.clone();
    scopes.blocks[id].comp_vars.extend(inner);
    let symbols = scopes.blocks[comp].symbols.clone();
    for (name, symbol) in symbols {
        if symbol.flags & def::PARAM == 0 && symbol.reach == Reach::Local {
            scopes.blocks[id].comp_vars.insert(name);
        }
        if symbol.flags & def::PARAM != 0 {
            continue;
        }
        let mut how = symbol.reach;
        let in_class = scopes.blocks[id].kind == BlockKind::Class;
        if how == Reach::Cell || symbol.flags & def::COMP_CELL != 0 {
            inlined_cells.insert(name);
        }
        if how == Reach::Free
            && in_class
            && [special.class, special.classdict, special.conditional].contains(&name)
        {
            // A comprehension of a class body, as a function of its own, would not see these.
            how = Reach::GlobalImplicit;
            comp_free.remove(&name);
            scopes.blocks[comp].symbol_mut(name).reach = how;
        }
        match scopes.blocks[id].lookup(name) {
            None => {
                scopes.blocks[id].symbol_mut(name).flags = symbol.flags;
                scopes.blocks[id].comp_only.insert(name);
                reach.insert(name, how);
            }
            Some(existing) => {
                // What the comprehension uses of this block is used here.
                if symbol.flags & def::BOUND == 0 {
                    scopes.blocks[id].symbol_mut(name).flags |= symbol.flags & def::USE;
                }
                if existing.flags & def::BOUND != 0
                    && !in_class
                    && !free_in_children(scopes, comp, name)
                {
                    comp_free.remove(&name);
                }
            }
        }
    }
}

fn free_in_children(scopes: &Scopes, id: BlockId, name: Sym) -> bool {
    scopes.blocks[id].children.iter().any(|&child| {
        scopes.blocks[child]
            .lookup(name)
            .is_some_and(|s| s.reach == Reach::Free)
    })
}

fn update(
    scopes: &mut Scopes,
    id: BlockId,
    reach: &FxHashMap<Sym, Reach>,
    bound: Option<&Set>,
    free: &Set,
    inlined_cells: &Set,
    class: bool,
) {
    let block = &mut scopes.blocks[id];
    for (name, symbol) in &mut block.symbols {
        symbol.reach = reach.get(name).copied().unwrap_or(Reach::GlobalImplicit);
        if inlined_cells.contains(name) {
            symbol.flags |= def::COMP_CELL;
        }
    }
    for &name in free {
        if let Some(symbol) = block.lookup(name) {
            if class && symbol.reach != Reach::Free {
                block.symbol_mut(name).flags |= def::FREE_CLASS;
            }
        } else if bound.is_some_and(|bound| bound.contains(&name)) {
            block.symbol_mut(name).reach = Reach::Free;
        }
    }
}
