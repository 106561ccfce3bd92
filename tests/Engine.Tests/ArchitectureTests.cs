using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Gristmill.Engine.Tests;

/// <summary>What the layers promise each other. What the engine may call is in src/BannedSymbols.txt, held by an analyzer.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly Assembly Protocol = typeof(Gristmill.Protocol.Coordinator).Assembly;
    private static readonly Assembly Engine = typeof(EmbeddedJob).Assembly;

    [Fact]
    public void The_protocol_stands_on_nothing_but_the_base_class_library()
        => Assert.All(Protocol.GetReferencedAssemblies(), reference => Assert.StartsWith("System.", reference.Name, StringComparison.Ordinal));

    [Fact]
    public void The_engine_stands_on_the_protocol_and_the_hosting_abstractions()
        => Assert.All(Engine.GetReferencedAssemblies().Select(reference => reference.Name!), name => Assert.True(
            name == "Gristmill.Protocol" || name.StartsWith("System.", StringComparison.Ordinal) || (name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal) && name != "Microsoft.Extensions.Hosting"),
            $"The engine refers to {name}."));

    /// <summary>As the projects say it, so that a project nobody has loaded here counts too.</summary>
    [Theory]
    [InlineData("Protocol", "")]
    [InlineData("Engine", "Protocol")]
    [InlineData("Files", "Engine")]
    [InlineData("TestKit", "Engine")]
    public void Projects_refer_only_to_the_layer_below(string project, string below)
    {
        string text = File.ReadAllText(Path.Combine(Root, "src", project, $"{project}.csproj"));
        IEnumerable<string> references = References().Matches(text).Select(match => Path.GetFileNameWithoutExtension(match.Groups[1].Value));
        Assert.Equal(below.Split(' ', StringSplitOptions.RemoveEmptyEntries), references);
        if (project == "Protocol")
            Assert.All(Packages().Matches(text), match => Assert.Contains("PrivateAssets=\"all\"", match.Value, StringComparison.Ordinal));
    }

    [Fact]
    public void There_is_no_Orleans_in_the_engine()
        => Assert.All(Sources("Engine", "Protocol"), file => Assert.DoesNotContain(
            "Orleans", Comments().Replace(File.ReadAllText(file), ""), StringComparison.Ordinal));

    [Fact]
    public void Code_goes_on_where_its_host_posts_it()
        => Assert.All(Sources("Engine", "Protocol", "TestKit", "Files"), file => Assert.DoesNotContain("ConfigureAwait(false)", File.ReadAllText(file), StringComparison.Ordinal));

    [Fact]
    public void The_analyzer_that_bans_clocks_threads_and_chance_is_on_and_its_exceptions_are_few()
    {
        foreach (string project in new[] { "Engine", "Protocol" })
        {
            string text = File.ReadAllText(Path.Combine(Root, "src", project, $"{project}.csproj"));
            Assert.Contains("BannedApiAnalyzers", text, StringComparison.Ordinal);
            Assert.Contains("BannedSymbols.txt", text, StringComparison.Ordinal);
        }

        Assert.Equal(
            ["src/Engine/Embedded/**.cs", "src/Engine/Hosting/Internal/GristmillJobs.cs", "src/Engine/Checkpoints/Internal/IoPool.cs", "src/Engine/Checkpoints/Internal/{TempFile,HeadFile}.cs", "src/Engine/Checkpoints/Encoding/Internal/SystemSalts.cs", "src/Engine/Checkpoints/{FileCheckpointStore,MemoryCheckpointStore}.cs"],
            BanExceptions().Matches(File.ReadAllText(Path.Combine(Root, ".editorconfig"))).Select(match => match.Groups[1].Value));
        Assert.All(Sources("Engine", "Protocol"), file => Assert.DoesNotContain("disable RS0030", File.ReadAllText(file), StringComparison.Ordinal));
    }

    [Fact]
    public void Public_types_show_no_fields_and_their_structs_do_not_change()
    {
        foreach (Type type in Engine.GetExportedTypes().Concat(Protocol.GetExportedTypes()))
        {
            const BindingFlags own = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
            Assert.All(type.GetFields(own), field => Assert.True(
                field.IsLiteral || (field.IsStatic && field.IsInitOnly) || type.IsEnum, $"{type.Name}.{field.Name} is a public field."));
            if (type is { IsValueType: true, IsEnum: false } && !type.IsByRefLike)
                Assert.True(type.IsDefined(typeof(IsReadOnlyAttribute)), $"{type.Name} is a public struct that can change; make it readonly.");
        }
    }

    [Fact]
    public void Public_classes_are_made_to_be_derived_from_or_sealed()
        => Assert.All(
            Engine.GetExportedTypes().Where(type => type is { IsClass: true, IsSealed: false, IsAbstract: false } && !type.IsSubclassOf(typeof(Exception))),
            type => Assert.Contains(type.Name, new[] { "Stream`1" }));

    [Fact]
    public void Machinery_is_internal_and_the_api_lies_in_front()
        => Assert.All(Sources("Engine").Where(file => file.Contains($"{Path.DirectorySeparatorChar}Internal{Path.DirectorySeparatorChar}", StringComparison.Ordinal)), file =>
            Assert.DoesNotMatch(PublicTypes(), File.ReadAllText(file)));

    private static string Root { get; } = FindRoot();

    private static string FindRoot([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));

    private static IEnumerable<string> Sources(params string[] projects) => projects
        .Select(project => Path.Combine(Root, "src", project)).Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
        .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"));

    [GeneratedRegex("<ProjectReference Include=\"([^\"]+)\"")]
    private static partial Regex References();

    [GeneratedRegex("<PackageReference [^>]+>")]
    private static partial Regex Packages();

    [GeneratedRegex("//.*$", RegexOptions.Multiline)]
    private static partial Regex Comments();

    [GeneratedRegex(@"^\[([^\]]+)\]\s+dotnet_diagnostic\.RS0030\.severity = none", RegexOptions.Multiline)]
    private static partial Regex BanExceptions();

    [GeneratedRegex(@"^public (?!partial class Log).*\b(class|struct|record|interface|enum|delegate)\b", RegexOptions.Multiline)]
    private static partial Regex PublicTypes();
}
