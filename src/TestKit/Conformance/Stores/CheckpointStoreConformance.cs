namespace Gristmill.TestKit.Conformance.Stores;

/// <summary>
/// What every <see cref="Checkpoints.ICheckpointStore"/> must do. Run each case over an empty storage of your own:
/// <code>
/// [Theory, MemberData(nameof(Names))]
/// public Task The_store_conforms(string name) =&gt; CheckpointStoreConformance.RunAsync(name, () =&gt; new MyStore(…));
/// </code>
/// </summary>
public static class CheckpointStoreConformance
{
    /// <summary>All cases.</summary>
    public static IReadOnlyList<ConformanceCase> Cases { get; } =
        [.. ObjectCases.All, .. ReadCases.All, .. ListCases.All, .. NameCases.All, .. LineCases.All, .. HeadCases.All, .. HeadRaceCases.All];

    /// <summary>Runs the case of that name.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="open">Opens one more handle on the same storage each time.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static Task RunAsync(string name, Func<Checkpoints.ICheckpointStore> open, CancellationToken cancellationToken = default) =>
        Cases.Single(c => c.Name == name).Run(open, cancellationToken);
}
