using System.Text;
using System.Text.Json;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Gristmill.Cli;

/// <summary>Where answers and errors go. Answers are text or one JSON document; errors and progress never mix with them.</summary>
internal sealed class ToolOutput
{
    // So wide that no row of a table breaks where the reader is a file or another program.
    private const int NoWidth = 20_000;

    private readonly Stream _answers;
    private readonly int? _width;
    private readonly bool _showsProgress;

    /// <summary>An output.</summary>
    /// <param name="answers">Takes the answers, as UTF-8.</param>
    /// <param name="error">Takes errors and progress.</param>
    /// <param name="width">The columns of the terminal; null where the answers don't go to one.</param>
    /// <param name="showsProgress">Whether <paramref name="error"/> is a terminal.</param>
    public ToolOutput(Stream answers, TextWriter error, int? width = null, bool showsProgress = false)
    {
        _answers = answers;
        Error = error;
        _width = width;
        _showsProgress = showsProgress;
        Text = new StreamWriter(answers, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true, NewLine = "\n" };
    }

    /// <summary>Takes answers as text.</summary>
    public TextWriter Text { get; }

    /// <summary>Takes errors.</summary>
    public TextWriter Error { get; }

    /// <summary>The streams of this process.</summary>
    public static ToolOutput OfProcess() => new(
        Console.OpenStandardOutput(), Console.Error, Console.IsOutputRedirected ? null : Math.Max(40, Console.WindowWidth), !Console.IsErrorRedirected);

    /// <summary>Writes a line.</summary>
    public void WriteLine(string line = "") => Text.WriteLine(line);

    /// <summary>Writes a table.</summary>
    public void Write(IRenderable table)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = _width is null ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(Text),
        });
        console.Profile.Width = _width ?? NoWidth;
        console.Write(table);
    }

    /// <summary>Writes an answer as JSON.</summary>
    public async Task WriteJsonAsync<T>(T answer, CancellationToken cancellationToken)
    {
        await JsonSerializer.SerializeAsync(_answers, answer, AnswerJson.Options, cancellationToken);
        WriteLine();
    }

    /// <summary>Says how far it is, where somebody watches; the next call overwrites it.</summary>
    public void Progress(string text)
    {
        if (_showsProgress)
            Error.Write($"\r\u001b[K{text}");
    }

    /// <summary>Takes the line of progress away.</summary>
    public void EndProgress()
    {
        if (_showsProgress)
            Error.Write("\r\u001b[K");
    }
}
