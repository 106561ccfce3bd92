using System.Globalization;

namespace Gristmill.Checkpoints;

/// <summary>The names of a job's objects, and the way back from a name to what it names.</summary>
/// <remarks>Names carry the generation: a dead one may have left files of the very same checkpoint number.</remarks>
public static class CheckpointLayout
{
    private const string CheckpointPart = "checkpoint-";
    private const string SavepointsPart = "savepoints";
    private const string ManifestPart = "manifest-g";
    private const string Json = ".json";
    private const string State = ".state";

    /// <summary>What every object of a job begins with.</summary>
    public static string JobPrefix(string job)
    {
        ObjectName.ValidateJob(job);
        return job + "/";
    }

    /// <summary>What every object of a checkpoint begins with, for example <c>delays/checkpoint-000010/</c>.</summary>
    public static string CheckpointPrefix(string job, long checkpoint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(checkpoint);
        return JobPrefix(job) + CheckpointPart + Number(checkpoint, 6) + "/";
    }

    /// <summary>A checkpoint's manifest, for example <c>delays/checkpoint-000010/manifest-g3.json</c>.</summary>
    public static string Manifest(string job, long checkpoint, long generation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(generation);
        return CheckpointPrefix(job, checkpoint) + ManifestPart + Number(generation) + Json;
    }

    /// <summary>A node's file of a checkpoint, for example <c>delays/checkpoint-000010/g3-node0.state</c>.</summary>
    public static string NodeFile(string job, long checkpoint, long generation, int node)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(generation);
        ArgumentOutOfRangeException.ThrowIfNegative(node);
        return CheckpointPrefix(job, checkpoint) + "g" + Number(generation) + "-node" + Number(node) + State;
    }

    /// <summary>What every object of a savepoint begins with; savepoints are never collected.</summary>
    public static string SavepointPrefix(string job, string savepoint)
    {
        var prefix = JobPrefix(job) + SavepointsPart + "/" + savepoint;
        ObjectName.Validate(prefix);
        return savepoint.Contains('/', StringComparison.Ordinal)
            ? throw new ArgumentException($"'{savepoint}' is not a legal name of a savepoint: it has more than one part.", nameof(savepoint))
            : prefix + "/";
    }

    /// <summary>The job's history, one line an attempt.</summary>
    public static string History(string job) => JobPrefix(job) + "history.jsonl";

    /// <summary>What a name stands for; <see cref="CheckpointObjectKind.Other"/> for every name not made here.</summary>
    public static CheckpointObject Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var other = new CheckpointObject(CheckpointObjectKind.Other, "", -1, -1, -1);
        if (!ObjectName.IsValid(name))
            return other;
        var parts = name.Split('/');
        if (parts.Length == 2 && parts[1] == "history.jsonl")
            return new(CheckpointObjectKind.History, parts[0], -1, -1, -1);
        if (parts.Length >= 3 && parts[1] == SavepointsPart)
            return new(CheckpointObjectKind.Savepoint, parts[0], -1, -1, -1);
        if (parts.Length != 3 || !TryNumber(Between(parts[1], CheckpointPart, ""), out var checkpoint))
            return other;
        var parsed = ParseFile(parts[0], checkpoint, parts[2]);
        // Only the one spelling made here counts: 'checkpoint-10' or 'g03' are somebody else's.
        return parsed is { } known && NameOf(known) == name ? known : other;
    }

    private static CheckpointObject? ParseFile(string job, long checkpoint, string file)
    {
        if (TryNumber(Between(file, ManifestPart, Json), out var generation))
            return new(CheckpointObjectKind.Manifest, job, checkpoint, generation, -1);
        var numbers = Between(file, "g", State)?.Split("-node");
        if (numbers is [var g, var n] && TryNumber(g, out generation) && TryNumber(n, out var node) && node <= int.MaxValue)
            return new(CheckpointObjectKind.NodeFile, job, checkpoint, generation, (int)node);
        return null;
    }

    private static string NameOf(CheckpointObject known) => known.Kind == CheckpointObjectKind.Manifest
        ? Manifest(known.Job, known.Checkpoint, known.Generation)
        : NodeFile(known.Job, known.Checkpoint, known.Generation, known.Node);

    private static string? Between(string text, string before, string after) =>
        text.Length > before.Length + after.Length
        && text.StartsWith(before, StringComparison.Ordinal)
        && text.EndsWith(after, StringComparison.Ordinal)
            ? text[before.Length..^after.Length]
            : null;

    private static bool TryNumber(string? text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static string Number(long number, int digits = 1) =>
        number.ToString("D" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
