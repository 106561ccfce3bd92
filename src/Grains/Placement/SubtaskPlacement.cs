using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace Gristmill.Grains;

/// <summary>Puts a subtask on the silo its key names, which the coordinator chose: it spreads a job and keeps chains together.</summary>
[Serializable, GenerateSerializer, Immutable, SuppressReferenceTracking]
internal sealed class SubtaskPlacement : PlacementStrategy;

[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
internal sealed class SubtaskPlacementAttribute() : PlacementAttribute(new SubtaskPlacement());

internal sealed class SubtaskPlacementDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        SiloAddress[] silos = context.GetCompatibleSilos(target);
        SubtaskKey key = SubtaskKey.Parse(target.GrainIdentity.Key.ToString()!);
        SiloAddress? wanted = silos.FirstOrDefault(silo => silo.ToParsableString() == key.Silo);
        return Task.FromResult(wanted ?? silos[key.Number % silos.Length]);
    }
}

/// <summary>The key of an operator grain.</summary>
internal readonly record struct SubtaskKey(string Job, long Generation, int Number, string Silo)
{
    public static SubtaskKey Parse(string key)
    {
        string[] parts = key.Split('|');
        return new SubtaskKey(
            parts[0], long.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture),
            int.Parse(parts[2], System.Globalization.CultureInfo.InvariantCulture), parts[3]);
    }

    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Job}|{Generation}|{Number}|{Silo}");
}
