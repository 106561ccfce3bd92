using System.Text;

namespace Gristmill.Hosting;

/// <summary>A job that was added to the services.</summary>
internal sealed record JobRegistration(string Name, Func<IServiceProvider, IJob> Create);

internal static class JobNames
{
    /// <summary>The class's name in small letters with hyphens; a run of capitals is one word: <c>HTTPLog2Days</c> is <c>http-log2-days</c>.</summary>
    public static string Of(Type job)
    {
        string name = job.Name.Split('`')[0];
        var kebab = new StringBuilder(name.Length + 8);
        for (int i = 0; i < name.Length; i++)
        {
            bool begins = char.IsUpper(name[i]) && i > 0
                && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (begins && name[i - 1] != '_')
                kebab.Append('-');
            kebab.Append(char.ToLowerInvariant(name[i]));
        }

        return kebab.ToString();
    }
}
