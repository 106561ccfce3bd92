namespace Gristmill.Files.Internal;

internal sealed class CsvSource<T>(InputFiles files, CsvReadOptions<T> options) : FileSource<T>(files, options)
{
    private readonly CsvRecordMap<T> _map = new(options);

    public override IEnumerable<string> Validate() => [.. base.Validate(), .. _map.Faults(options)];

    protected override SplitReader<T, FilePosition> OpenReader(SplitOpener opener, FilePosition position, SourceContext context) =>
        new CsvSplitReader<T>(_map, opener, position, options, context);

    protected override Preamble ReadPreamble(InputFile file, string path)
    {
        if (!options.HasHeader)
            return Preamble.WithoutHeader(file);
        Preamble preamble = CsvHeader.Read(file, path, options);
        if (preamble.Columns is not null)
            _map.Bind(preamble.Columns, path);
        return preamble;
    }
}
