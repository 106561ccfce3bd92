using Gristmill.Kafka.Internal;

namespace Gristmill.Kafka.Tests.Commits;

/// <summary>What a Kafka cluster does with one transactional id.</summary>
internal static class Broker
{
    /// <summary>The producer's epoch after the request; -1: it is fenced, and nothing is done.</summary>
    public static int Do(CommitWorld world, BrokerRequest request, CommitFaults mutant)
    {
        if (request.Step == CommitStep.Initialise)
        {
            if ((mutant & CommitFaults.NeverInitialise) == 0)
                Fence(world);
            return world.ProducerEpoch;
        }
        if (request.Step == CommitStep.Record && (mutant & CommitFaults.EpochRecordedOutside) != 0)
        {
            world.Offsets[request.Group] = request.Epoch + 1;
            return request.ProducerEpoch;
        }
        if (request.ProducerEpoch != world.ProducerEpoch)
            return -1;
        switch (request.Step)
        {
            case CommitStep.Write:
                world.IsOpen = true;
                world.Written = [.. world.Written, .. request.Halves];
                break;
            case CommitStep.Record:
                world.IsOpen = true;
                world.Recorded = (request.Group, request.Epoch);
                break;
            case CommitStep.Commit:
                Commit(world);
                break;
        }
        return world.ProducerEpoch;
    }

    /// <summary>Aborts what is open, and lets nobody go on with it.</summary>
    public static void Fence(CommitWorld world)
    {
        world.ProducerEpoch++;
        (world.IsOpen, world.Written, world.Recorded) = (false, [], null);
    }

    private static void Commit(CommitWorld world)
    {
        world.Log = [.. world.Log, .. world.Written];
        if (world.Recorded is { } recorded)
            world.Offsets[recorded.Group] = recorded.Epoch + 1;
        (world.IsOpen, world.Written, world.Recorded) = (false, [], null);
    }
}
