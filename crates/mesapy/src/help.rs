//! The texts of `--help` and its relatives.
//!
//! Same layout and same facts as CPython's, in words of our own: what an option means here is said here, also where it means nothing.

use crate::options::{HelpPage, usage_line};

/// The whole text of a page.
pub fn page(page: HelpPage, program: &str) -> String {
    let usage = format!("{}\n{USAGE}", usage_line(program));
    match page {
        HelpPage::Usage => usage,
        HelpPage::Environment => ENVIRONMENT.to_string(),
        HelpPage::XOptions => X_OPTIONS.to_string(),
        HelpPage::All => format!("{usage}\n{ENVIRONMENT}\n{X_OPTIONS}"),
    }
}

const USAGE: &str = "\
Options (and corresponding environment variables):
-b     : warn when bytes or bytearray is turned into str or compared with it,
         or bytes compared with int (-bb: make that an error)
-B     : write no .pyc files when importing; also PYTHONDONTWRITEBYTECODE=x
-c cmd : run the program given as a string (ends the option list)
-d     : debug the parser (accepted, has no effect here); also PYTHONDEBUG=x
-E     : ignore all PYTHON* environment variables
-h     : print this help message and exit (also -? or --help)
-i     : show a prompt after the program has run, even if stdin is no
         terminal; also PYTHONINSPECT=x
-I     : isolate from the user's environment (implies -E, -P and -s)
-m mod : run a library module as a script (ends the option list)
-O     : leave out assert statements and code under __debug__; .pyc files
         get .opt-1 in their names; also PYTHONOPTIMIZE=x
-OO    : like -O, and leave out docstrings; .pyc files get .opt-2
-P     : keep the script's or current directory out of sys.path; also
         PYTHONSAFEPATH
-q     : start the prompt without version and copyright lines
-s     : keep the user's site directory out of sys.path; also
         PYTHONNOUSERSITE=x
-S     : do not import site at the start
-u     : do not buffer stdout and stderr; stdin is not affected; also
         PYTHONUNBUFFERED=x
-v     : trace imports; also PYTHONVERBOSE=x
         more of them tell more
-V     : print the version and exit (also --version)
         when given twice, tell more about the build
-W arg : control warnings; arg is action:message:category:module:lineno
         also PYTHONWARNINGS=arg
-x     : skip the first line of the source, for other systems' #!cmd
-X opt : set an option of this implementation
--check-hash-based-pycs always|default|never:
         when to compare hash-based .pyc files with their sources
--help-env: print help about environment variables and exit
--help-xoptions: print help about -X options and exit
--help-all: print all of the help and exit

Arguments:
file   : the program is read from this file
-      : the program is read from stdin (default; a prompt if a terminal)
arg ...: passed to the program in sys.argv[1:]
";

const ENVIRONMENT: &str = "\
Environment variables that change behavior:
PYTHON_BASIC_REPL: use the plain prompt
PYTHONBREAKPOINT: what breakpoint() calls; 0 makes it do nothing
PYTHON_COLORS   : 1 colors output, 0 never does
PYTHONHASHSEED  : 'random' (the default), or a number in the range
                  [0,4294967295] that makes hashes of str and bytes the same
                  in every run
PYTHON_HISTORY  : where the prompt keeps its history
PYTHONHOME      : another <prefix> directory (or <prefix>:<exec_prefix>)
PYTHONIOENCODING: encoding[:errors] for stdin/stdout/stderr
PYTHONPATH      : ':'-separated list of directories to put in front of the
                  default module search path.  The result is sys.path.
PYTHONPLATLIBDIR: replaces sys.platlibdir
PYTHONSTARTUP   : file to run when the prompt starts (no default)
PYTHONUSERBASE  : the user's base directory (site.USER_BASE)

These variables have equivalent command-line options (see --help for details):
PYTHON_CONTEXT_AWARE_WARNINGS: if 1, warning filters live in a context
                  variable (-X context_aware_warnings)
PYTHON_CPU_COUNT: what os.cpu_count() answers (-X cpu_count)
PYTHONDEBUG     : debug the parser (-d)
PYTHONDEVMODE   : development mode (-X dev)
PYTHONDONTWRITEBYTECODE: write no .pyc files (-B)
PYTHONFAULTHANDLER: dump the Python traceback on fatal errors (-X faulthandler)
PYTHON_FROZEN_MODULES: accepted, has no effect here (-X frozen_modules)
PYTHONINSPECT   : show a prompt after the program has run (-i)
PYTHONINTMAXSTRDIGITS: most digits of an int<->str conversion; 0 is no limit
                  (-X int_max_str_digits=N)
PYTHONNODEBUGRANGES: no columns in code objects (-X no_debug_ranges)
PYTHONNOUSERSITE: no user site directory (-s)
PYTHONOPTIMIZE  : level of optimization (-O)
PYTHONPROFILEIMPORTTIME: show how long each import takes (-X importtime)
PYTHONPYCACHEPREFIX: directory for all .pyc files (-X pycache_prefix)
PYTHONSAFEPATH  : keep the script's directory out of sys.path (-P)
PYTHON_THREAD_INHERIT_CONTEXT: if 1, threads start with a copy of their
                  starter's context (-X thread_inherit_context)
PYTHONTRACEMALLOC: trace memory allocations (-X tracemalloc)
PYTHONUNBUFFERED: do not buffer stdout and stderr (-u)
PYTHONUTF8      : UTF-8 mode (-X utf8)
PYTHONVERBOSE   : trace imports (-v)
PYTHONWARNDEFAULTENCODING: warn where a text encoding is left to the default
                  (-X warn_default_encoding)
PYTHONWARNINGS  : control warnings (-W)
";

const X_OPTIONS: &str = "\
The following implementation-specific options are available:
-X context_aware_warnings=[0|1]: keep warning filters in a context variable
         (1) or in the module (0, the default); also
         PYTHON_CONTEXT_AWARE_WARNINGS
-X cpu_count=N: what os.cpu_count() answers;
         -X cpu_count=default asks the system; also PYTHON_CPU_COUNT
-X dev : development mode: more checks, all warnings; also PYTHONDEVMODE
-X dump=tokens|ast|bytecode[:function]: print what the program, or one function
         of it, becomes at that stage, instead of running it
-X faulthandler: dump the Python traceback on fatal errors;
         also PYTHONFAULTHANDLER
-X frozen_modules=[on|off]: accepted, has no effect here;
         also PYTHON_FROZEN_MODULES
-X importtime[=2]: show how long each import takes; with 2 also those of
         modules already there; also PYTHONPROFILEIMPORTTIME
-X int_max_str_digits=N: most digits of an int<->str conversion;
         0 is no limit; also PYTHONINTMAXSTRDIGITS
-X jit=[on|off|eager]: compile functions that run often to machine code
         (default on); eager: all, at once; also PYTHON_JIT=[1|0]
-X max-memory=SIZE: the most memory that Python objects may take, in bytes or
         with a suffix K, M, G or T; beyond it MemoryError is raised
-X no_debug_ranges: no columns in code objects; also PYTHONNODEBUGRANGES
-X pycache_prefix=PATH: keep .pyc files in a tree of their own under PATH;
         also PYTHONPYCACHEPREFIX
-X thread_inherit_context=[0|1]: do threads start with a copy of their
         starter's context (default 0); also PYTHON_THREAD_INHERIT_CONTEXT
-X tracemalloc[=N]: trace memory allocations, N frames deep (default: 1);
         also PYTHONTRACEMALLOC=N
-X utf8[=0|1]: UTF-8 mode on (1) or off (0); also PYTHONUTF8
-X warn_default_encoding: warn where a text encoding is left to the default;
         also PYTHONWARNDEFAULTENCODING
";
