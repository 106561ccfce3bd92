namespace Gristmill.Files.Tests;

public record struct Item(int Id, string Name);

public sealed record ItemClass(int Id, string Name);

public readonly record struct Flight(DateTime Scheduled, DateTime Reported, int Distance, string Origin, string Destination);

public sealed record LineItem(int Id, string Name, string Line);
