//! How the arguments of a call become the parameters of a function, found once for each code object, tuple of keyword names and count of positional arguments.
//!
//! The names of a call's keywords are a constant of the calling code, so what belongs where is the same at each call. A plan says for each parameter that no
//! positional argument fills where its value comes from, and is carried out without looking at names. Plans are forgotten at every collection, so they keep
//! nothing alive and never meet another object at an index. What no plan describes (errors above all) is left to `bind.rs`.

use crate::code::{self, CallInfo};
use crate::layout::{code as c, function};
use crate::local::Py;
use crate::vm::Vm;
use mesapy_bytecode::CodeFlags;
use mesapy_heap::{Obj, Tuple, Value, Word};

/// Parameters that a plan fills, `*args` and `**kwargs` not counted.
const FILLED_MAX: usize = 16;
/// Arguments with names.
const NAMED_MAX: usize = 8;
/// Plans at hand.
pub(crate) const SIZE: usize = 256;

/// Where a parameter's value comes from: below `DEFAULT` the number of a named argument, from there on a default of a positional parameter by its distance
/// from their end, from `KWONLY` on the default of a keyword-only parameter by its number.
const DEFAULT: u8 = 0x40;
const KWONLY: u8 = 0x80;

#[derive(Clone, Copy, Default)]
pub(crate) struct Plan {
    /// Indexes of the code object and of the names' tuple (0: none), and the count of arguments.
    code: u32,
    names: u32,
    given: u32,
    /// Positional arguments that stay where they are.
    kept: u16,
    /// Parameters behind them.
    filled: u8,
    /// The first of those whose values the call has put where they belong.
    in_place: u8,
    /// Defaults of positional parameters that the function must have.
    defaults: u8,
    var_args: bool,
    var_keywords: bool,
    /// All parameters are in their places, and the function makes no generator.
    is_whole: bool,
    /// Bit by bit the named arguments that go to `**kwargs`.
    rest: u8,
    /// A byte for each of the filled, from the lowest.
    sources: u128,
}

impl Plan {
    #[inline(always)]
    fn source(&self, i: usize) -> u8 {
        (self.sources >> (8 * i)) as u8
    }
    #[inline(always)]
    fn slot(code: u32, names: u32, given: u32) -> usize {
        let mixed = (code ^ names.rotate_left(11) ^ given << 5).wrapping_mul(0x9e37_79b1);
        mixed as usize >> 24 & (SIZE - 1)
    }
    /// The plan for a call; None if there is none.
    #[inline(always)]
    fn find(vm: &Vm, code: Obj<'_>, npos: u32, names: Option<Tuple<'_>>) -> Option<Plan> {
        let (code_at, names_at) = (
            code.index(),
            names.map_or(0, |n| n.value().word().as_ref_index().unwrap_or(0)),
        );
        let given = npos + names.map_or(0, |n| n.len(vm)) as u32;
        let slot = &vm.plans[Plan::slot(code_at, names_at, given)];
        let plan = slot.get();
        if plan.code == code_at && plan.names == names_at && plan.given == given {
            return Some(plan);
        }
        let mut plan = Plan::new(vm, code, npos, names)?;
        (plan.code, plan.names, plan.given) = (code_at, names_at, given);
        slot.set(plan);
        Some(plan)
    }
    #[inline(never)]
    fn new(vm: &Vm, code: Obj<'_>, npos: u32, names: Option<Tuple<'_>>) -> Option<Plan> {
        let flags = code::flags(vm, code);
        let args = code::call_info(vm, code).arg_count() as usize;
        let params = args + code::int_slot(vm, code, c::KWONLY);
        let posonly = code::int_slot(vm, code, c::POSONLY);
        let kept = (npos as usize).min(args);
        let mut plan = Plan {
            kept: kept as u16,
            filled: u8::try_from(params - kept).ok()?,
            var_args: flags.has(CodeFlags::VARARGS),
            var_keywords: flags.has(CodeFlags::VARKEYWORDS),
            ..Plan::default()
        };
        if params - kept > FILLED_MAX || npos as usize > args && !plan.var_args {
            return None;
        }
        let named = names.map_or(0, |t| t.len(vm));
        if named > NAMED_MAX {
            return None;
        }
        let parameters = code::names(vm, code, c::VARNAMES);
        let mut given = [None; FILLED_MAX];
        for (k, name) in names.into_iter().flat_map(|t| t.iter(vm)).enumerate() {
            // Interned strings are equal only if they are the same.
            if !name.as_exact_str(vm)?.is_interned(vm) {
                return None;
            }
            match (0..params).find(|i| parameters.at(vm, *i) == Some(name)) {
                Some(at) if at >= posonly => {
                    let place = given.get_mut(at.checked_sub(kept)?)?;
                    if place.replace(k as u8).is_some() {
                        return None;
                    }
                }
                _ if plan.var_keywords => plan.rest |= 1 << k,
                _ => return None,
            }
        }
        for (at, k) in (kept..params).zip(given) {
            let source = match k {
                Some(k) => k,
                None if at < args => {
                    let from_end = u8::try_from(args - at).ok().filter(|n| *n < DEFAULT)?;
                    plan.defaults = plan.defaults.max(from_end);
                    DEFAULT + from_end
                }
                None => KWONLY + (at - args) as u8,
            };
            plan.sources |= u128::from(source) << (8 * (at - kept));
        }
        if npos as usize == kept {
            let filled = 0..plan.filled;
            plan.in_place = filled
                .take_while(|at| plan.source(usize::from(*at)) == *at)
                .count() as u8;
            plan.is_whole = plan.in_place == plan.filled
                && !plan.var_args
                && !plan.var_keywords
                && !code::call_info(vm, code).makes_generator();
        }
        Some(plan)
    }
}

/// Whether the arguments of a call with these names are the parameters as they stand, and there are no others: told from a plan that was made before.
#[inline(always)]
pub(crate) fn in_place(vm: &Vm, code: u32, names: u64, given: u32) -> bool {
    let names = (names >> 32) as u32;
    let Some(plan) = vm.plans.get(Plan::slot(code, names, given)) else {
        return false;
    };
    let plan = plan.get();
    plan.code == code && plan.names == names && plan.given == given && plan.is_whole
}

/// Brings arguments at `base`, the last of them named, into the registers of the parameters, and gives their count. None: nothing was done.
#[inline(never)]
pub(crate) fn bind(
    vm: &Vm,
    func: Obj<'_>,
    code: Obj<'_>,
    info: CallInfo,
    base: u32,
    npos: u32,
    names: Option<Tuple<'_>>,
) -> Py<Option<u32>> {
    let Some(plan) = Plan::find(vm, code, npos, names) else {
        return Ok(None);
    };
    let defaults = if plan.defaults > 0 {
        func.slot(vm, function::DEFAULTS).as_tuple(vm)
    } else {
        None
    };
    let ndefaults = defaults.map_or(0, |d| d.len(vm));
    let (placed, filled) = (usize::from(plan.in_place), usize::from(plan.filled));
    let first = base + u32::from(plan.kept);
    let end = (base + info.registers()).max(first + filled as u32 + 2);
    if ndefaults < usize::from(plan.defaults) || !vm.has_room(end) {
        return Ok(None);
    }
    vm.ensure_top(end);
    let named = base + npos;
    let mut words = [Word::EMPTY; FILLED_MAX];
    for i in placed..filled {
        let source = plan.source(i);
        words[i & (FILLED_MAX - 1)] = if source < DEFAULT {
            vm.stack_word(named + u32::from(source))
        } else if source < KWONLY {
            let at = ndefaults - usize::from(source - DEFAULT);
            match defaults.and_then(|d| d.at(vm, at)) {
                Some(value) => value.word(),
                None => return Ok(None),
            }
        } else {
            let at = usize::from(plan.kept) + i;
            match keyword_default(vm, func, code, usize::from(source - KWONLY), at) {
                Some(word) => word,
                None => return Ok(None),
            }
        };
    }
    let var_args = if plan.var_args {
        let rest = vm.new_tuple_from((npos - u32::from(plan.kept)) as usize, |i| {
            vm.stack_word(first + i as u32).value(vm)
        })?;
        Some(rest.value().word())
    } else {
        None
    };
    let var_keywords = if plan.var_keywords {
        // Keys and values in turn.
        let mut pairs = [Value::NONE; 2 * NAMED_MAX];
        let mut at = 0;
        if plan.rest != 0 {
            for (k, name) in names.into_iter().flat_map(|t| t.iter(vm)).enumerate() {
                if plan.rest >> k & 1 != 0
                    && let Some(pair) = pairs.get_mut(at..at + 2)
                {
                    pair[0] = name;
                    pair[1] = vm.stack_word(named + k as u32).value(vm);
                    at += 2;
                }
            }
        }
        // (They are different interned strings.)
        let dict = match at {
            0 => vm.new_dict(),
            _ => vm.new_dict_of(pairs[..at].iter().copied())?,
        };
        Some(dict.value().word())
    } else {
        None
    };
    for i in placed..filled {
        vm.set_stack_word(first + i as u32, words[i & (FILLED_MAX - 1)]);
    }
    let mut at = first + filled as u32;
    for word in [var_args, var_keywords].into_iter().flatten() {
        vm.set_stack_word(at, word);
        at += 1;
    }
    Ok(Some(at - base))
}
/// The default of keyword-only parameter `n`, whose register is `at`. The dict mostly has them in their order.
fn keyword_default(vm: &Vm, func: Obj<'_>, code: Obj<'_>, n: usize, at: usize) -> Option<Word> {
    let dict = func.slot(vm, function::KWDEFAULTS).as_dict(vm)?;
    let name = code::names(vm, code, c::VARNAMES).at(vm, at)?;
    match dict.entry(vm, n) {
        Some((key, value)) if key == name => Some(value.word()),
        _ => Some(dict.get_str(vm, name.as_str(vm)?)?.word()),
    }
}
