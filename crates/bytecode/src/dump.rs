//! The text form of a code unit: one line per instruction, nested code after it. Golden tests and `-X dump=bytecode` show it.
//!
//! `  12  LoadAttr         r3, r1, .name                # line 4`

use crate::instr::Instr;
use crate::op::{Form, Intrinsic1, Intrinsic2, Op, Special};
use crate::operands::jump_of;
use crate::unit::{CodeUnit, Const, Text};
use std::fmt::Write;

/// Nested code deeper than this is not shown.
const DEPTH_MAX: u32 = 100;

pub fn dump(unit: &CodeUnit) -> String {
    let mut out = String::new();
    write_unit(unit, &mut out, 0);
    out
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn names(list: &[Text]) -> String {
    list.iter().map(|n| lossy(n)).collect::<Vec<_>>().join(", ")
}

fn write_unit(unit: &CodeUnit, out: &mut String, depth: u32) {
    let _ = writeln!(
        out,
        "code {} args={}/{}/{} registers={} flags={:#x} line={}",
        lossy(&unit.qualname),
        unit.posonly_count,
        unit.arg_count,
        unit.kwonly_count,
        unit.registers,
        unit.flags.0,
        unit.first_line
    );
    if !unit.varnames.is_empty() {
        let _ = writeln!(out, "  locals: {}", names(&unit.varnames));
    }
    if !unit.cellvars.is_empty() {
        let cells: Vec<String> = unit
            .cellvars
            .iter()
            .zip(&unit.cell_regs)
            .map(|(n, r)| format!("{}=r{r}", lossy(n)))
            .collect();
        let _ = writeln!(out, "  cells: {}", cells.join(", "));
    }
    if !unit.freevars.is_empty() {
        let _ = writeln!(
            out,
            "  free from r{}: {}",
            unit.first_free,
            names(&unit.freevars)
        );
    }
    let mut positions = unit.positions.iter();
    let mut line = 0;
    for (pc, &instr) in unit.instrs.iter().enumerate() {
        let mut text = format!("{pc:4}  {}", instruction(unit, pc, instr));
        let here = positions.next().map_or(0, |p| p.line);
        if here != line {
            line = here;
            while text.chars().count() < 50 {
                text.push(' ');
            }
            let _ = write!(text, "# line {line}");
        }
        let _ = writeln!(out, "{}", text.trim_end());
    }
    for entry in &unit.exceptions {
        let _ = writeln!(
            out,
            "  guard {}..{} -> {} r{}",
            entry.start, entry.end, entry.handler, entry.reg
        );
    }
    if depth < DEPTH_MAX {
        for constant in &unit.consts {
            if let Const::Code(code) = constant {
                out.push('\n');
                write_unit(code, out, depth + 1);
            }
        }
    }
}

/// One instruction as text, without its number.
pub fn instruction(unit: &CodeUnit, pc: usize, instr: Instr) -> String {
    let Some(op) = instr.op() else {
        return format!("?{:#x}", instr.0);
    };
    let konst = |index: u32| unit.consts.get(index as usize).map_or("?".into(), constant);
    let name = |index: u32| {
        unit.names
            .get(index as usize)
            .map_or("?".into(), |n| lossy(n))
    };
    let site = || match unit.sites.get(instr.c() as usize) {
        Some(&u32::MAX) | None => "-".into(),
        Some(&index) => format!(".{}", name(index)),
    };
    let target = || jump_of(op, instr).map_or(0, |off| pc as i64 + 1 + off as i64);
    let (a, b, c, d) = (instr.a(), instr.b(), instr.c(), instr.d());
    let operands = match op.form() {
        Form::None if op == Op::Nop && instr.bx() != 0 => format!("{}", instr.bx()),
        Form::None => String::new(),
        Form::A => format!("r{a}"),
        Form::AB => format!("r{a}, r{b}"),
        Form::ABC => format!("r{a}, r{b}, r{c}"),
        Form::AK => format!("r{a}, {}", konst(instr.bx())),
        Form::AI => format!("r{a}, {}", instr.sbx()),
        Form::ABK => format!("r{a}, r{b}, {}", konst(c as u32)),
        Form::AN => format!("r{a}, {}", name(instr.bx())),
        Form::ASite => format!("r{a}, {}", site()),
        Form::ABSite => format!("r{a}, r{b}, {}", site()),
        Form::J => format!("-> {}", target()),
        Form::AJ => format!("r{a} -> {}", target()),
        Form::ABJ => format!("r{a}, r{b} -> {}", target()),
        Form::AKJ => format!("r{a}, {} -> {}", konst(b as u32), target()),
        Form::Range => format!("r{a}, r{b}, {c}"),
        Form::ABSel => {
            let selector = match op {
                Op::Intrinsic1 => Intrinsic1::from_u8(d).map(Intrinsic1::name),
                Op::Intrinsic2 => Intrinsic2::from_u8(d).map(Intrinsic2::name),
                Op::LoadSpecial => Special::from_u8(d).map(Special::name),
                _ => None,
            };
            selector.map_or_else(
                || format!("r{a}, r{b}, {d}"),
                |s| format!("r{a}, r{b}, {s}"),
            )
        }
        Form::Special => match op {
            Op::LoadCell => format!("r{a}, r{b}, {}", name(c as u32)),
            Op::DeleteCell => format!("r{a}, {}", name(c as u32)),
            Op::LoadCommon => format!("r{a}, {d}"),
            Op::FormatValue if c == u16::MAX => format!("r{a}, r{b}, {d}"),
            _ => format!("r{a}, r{b}, r{c}, {d}"),
        },
    };
    let mut text = format!("{:<16} {operands}", op.name());
    // Flags that the form does not show.
    if d != 0
        && matches!(
            op.form(),
            Form::ABC | Form::ABK | Form::ABSite | Form::ASite
        )
    {
        let _ = write!(text, " !{d}");
    }
    text
}

/// A constant as text; code as its name.
pub fn constant(value: &Const) -> String {
    let list = |items: &[Const]| items.iter().map(constant).collect::<Vec<_>>().join(", ");
    match value {
        Const::None => "None".into(),
        Const::Bool(true) => "True".into(),
        Const::Bool(false) => "False".into(),
        Const::Ellipsis => "...".into(),
        Const::Int(i) => i.to_string(),
        Const::BigInt(negative, limbs) => {
            let digits: String = limbs.iter().rev().map(|l| format!("{l:016x}")).collect();
            format!(
                "{}0x{}",
                if *negative { "-" } else { "" },
                digits.trim_start_matches('0')
            )
        }
        Const::Float(f) => format!("{f:?}"),
        Const::Complex(re, im) => format!("({re:?}+{im:?}j)"),
        Const::Str(s) => format!("{:?}", lossy(s)),
        Const::Bytes(b) => format!("b\"{}\"", b.escape_ascii()),
        Const::Tuple(items) => format!(
            "({}{})",
            list(items),
            if items.len() == 1 { "," } else { "" }
        ),
        Const::FrozenSet(items) => format!("frozenset({})", list(items)),
        Const::Slice(parts) => format!("slice({})", list(&parts[..])),
        Const::Code(code) => format!("<code {}>", lossy(&code.qualname)),
    }
}
