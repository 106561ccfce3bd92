using Gristmill.Silo.Tests.Support;

namespace Gristmill.Silo.Tests;

/// <summary>One cluster at a time: each is four processes and a database.</summary>
[CollectionDefinition(nameof(LocalCluster), DisableParallelization = true)]
public class LocalClusterCollection;
