using Spectre.Console;

namespace Gristmill.Cli;

/// <summary>Tables in the one style of this tool.</summary>
internal static class Tables
{
    /// <summary>An empty table.</summary>
    /// <param name="columns">The headings; those of numbers, which stand to the right, begin with '#'.</param>
    public static Table Of(params string[] columns)
    {
        Table table = new Table().Border(TableBorder.Simple);
        foreach (string column in columns)
        {
            bool isNumber = column.StartsWith('#');
            var made = new TableColumn(new Text(isNumber ? column[1..] : column)) { Alignment = isNumber ? Justify.Right : Justify.Left };
            table.AddColumn(made);
        }

        return table;
    }

    /// <summary>Adds a row; what is in it is text, never markup.</summary>
    public static void Row(this Table table, params string[] cells) => table.AddRow(cells.Select(cell => new Text(cell)));
}
