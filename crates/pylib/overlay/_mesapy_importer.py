"""Imports from the library that is embedded in the interpreter.

The library looks like a folder of files at sys._stdlib_dir: its modules have
__file__ and __path__ below it, and path hooks find them when that folder, or
a package folder in it, is looked through.  Nothing has to be there on disk,
but what the library does not have is looked for in files there; folders
that it does not have (site-packages) are left to the hooks for real files.
"""

import _frozen_importlib as _bootstrap
import _frozen_importlib_external as _external
import _imp
import _mesapy_library
import sys


def _below(path):
    """The place in the library that a path means, '' for its root, or None."""
    root = sys._stdlib_dir
    if not root:
        return None
    if path == root:
        return ''
    if path.startswith(root + '/'):
        return path[len(root) + 1:].rstrip('/')
    return None


class LibraryLoader(_external.SourceLoader):

    """Loads a module of the embedded library."""

    def __init__(self, name, path):
        self.name = name
        self.path = path

    def __eq__(self, other):
        return self.__class__ is other.__class__ and self.__dict__ == other.__dict__

    def __hash__(self):
        return hash(self.name) ^ hash(self.path)

    def __repr__(self):
        return f'<embedded library loader for {self.name!r}>'

    def _check(self, fullname):
        if fullname is not None and fullname != self.name:
            raise ImportError(f'loader for {self.name} cannot handle {fullname}', name=fullname)

    def get_filename(self, fullname=None):
        self._check(fullname)
        return self.path

    def get_code(self, fullname=None):
        self._check(fullname)
        code = _mesapy_library.code(_below(self.path), self.path)
        if code is None:
            raise ImportError(f'no code of {self.name} in the library', name=self.name)
        return code

    def get_source(self, fullname=None):
        self._check(fullname)
        return _external.decode_source(self.get_data(self.path))

    def get_data(self, path):
        place = _below(path)
        data = None if place is None else _mesapy_library.data(place)
        if data is None:
            raise FileNotFoundError(2, 'No such file or directory', path)
        return data

    def path_stats(self, path):
        return {'mtime': 0, 'size': len(self.get_data(path))}

    def path_mtime(self, path):
        return 0

    def get_resource_reader(self, fullname):
        self._check(fullname)
        if not self.is_package(fullname):
            return None
        return _reader_class()(self.path.rpartition('/')[0])


class LibraryFinder:

    """Finds modules in one folder of the embedded library."""

    def __init__(self, path):
        place = _below(path)
        if place is None or _mesapy_library.list(place) is None:
            raise ImportError('not a folder of the embedded library', path=path)
        self.path = path
        self._prefix = place.replace('/', '.') + '.' if place else ''
        self._files = None

    def __repr__(self):
        return f'LibraryFinder({self.path!r})'

    def find_spec(self, fullname, target=None):
        tail = fullname.rpartition('.')[2]
        found = _mesapy_library.find(self._prefix + tail)
        if found is None:
            return self._find_beside(fullname, target)
        place, is_package = found
        origin = f'{sys._stdlib_dir}/{place}'
        spec = _bootstrap.ModuleSpec(
            fullname, LibraryLoader(fullname, origin), origin=origin,
            is_package=is_package)
        spec.has_location = True
        if is_package:
            spec.submodule_search_locations.append(f'{self.path}/{tail}')
        return spec

    def _find_beside(self, fullname, target):
        """What was put into the folder of the same name on disk, if there is one."""
        if self._files is None:
            self._files = ()
            if _external._path_isdir(self.path):
                loaders = _external._get_supported_file_loaders()
                self._files = _external.FileFinder(self.path, *loaders)
        return self._files.find_spec(fullname, target) if self._files else None

    def invalidate_caches(self):
        if self._files:
            self._files.invalidate_caches()
        else:
            self._files = None

    def iter_modules(self, prefix=''):
        place = _below(self.path)
        for name, is_folder in _mesapy_library.list(place) or ():
            if is_folder:
                if _mesapy_library.find(self._prefix + name) is not None:
                    yield prefix + name, True
            elif name.endswith('.py') and name != '__init__.py':
                yield prefix + name[:-3], False


def _reader_class():
    # Built when it is first asked for: the resources API is large.
    global _Reader
    try:
        return _Reader
    except NameError:
        pass
    import io
    from importlib.resources import abc

    class LibraryPath(abc.Traversable):

        """A file or folder of the embedded library."""

        def __init__(self, path):
            self._path = path

        @property
        def name(self):
            return self._path.rpartition('/')[2]

        def __str__(self):
            return self._path

        def __repr__(self):
            return f'LibraryPath({self._path!r})'

        def is_dir(self):
            return _mesapy_library.list(_below(self._path)) is not None

        def is_file(self):
            return _mesapy_library.data(_below(self._path)) is not None

        def iterdir(self):
            names = _mesapy_library.list(_below(self._path))
            if names is None:
                raise NotADirectoryError(20, 'Not a directory', self._path)
            for name, _ in names:
                yield LibraryPath(f'{self._path}/{name}')

        def joinpath(self, *descendants):
            parts = [self._path]
            for descendant in descendants:
                parts += [p for p in str(descendant).split('/') if p not in ('', '.')]
            return LibraryPath('/'.join(parts))

        def read_bytes(self):
            data = _mesapy_library.data(_below(self._path))
            if data is None:
                raise FileNotFoundError(2, 'No such file or directory', self._path)
            return data

        def open(self, mode='r', *args, **kwargs):
            stream = io.BytesIO(self.read_bytes())
            if 'b' in mode:
                return stream
            return io.TextIOWrapper(stream, *args, **kwargs)

    class Reader(abc.TraversableResources):
        def __init__(self, path):
            self._path = path

        def files(self):
            return LibraryPath(self._path)

    _Reader = Reader
    return Reader


def _install():
    """Makes the library importable."""
    if LibraryFinder not in sys.path_hooks:
        import zipimport
        sys.path_hooks[:0] = [LibraryFinder, zipimport.zipimporter]
