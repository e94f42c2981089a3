"""What stops an import: one class per cause. A line that cannot be imported is no error, it is a rejection."""

from alliance_node.application.errors import ApplicationError


class FileUnusable(ApplicationError):
    """The file as a whole cannot be read: not there, not the stated format, columns missing or unknown."""

    code = "import_file_unusable"
    next_step = "See docs/importing.md for the columns; name other headers with --map COLUMN=FIELD."


class ImportTaken(ApplicationError):
    """Another file, kind or column mapping was imported under this import id."""

    code = "import_id_taken"
    next_step = "Import the same file again, or choose another --import-id."


class ImportRunning(ApplicationError):
    """Another process carries out the same import right now."""

    code = "import_running"
    next_step = "Let the other process finish; then run the import again to see its report."


class RejectsMissing(ApplicationError):
    """An interrupted import cannot go on without the rejected lines that it had written."""

    code = "import_rejects_missing"
    next_step = "Put the .rejected.csv file back beside the data file and run the import again."
