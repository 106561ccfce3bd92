using System.Collections.Immutable;
using Gristmill.Kafka.Internal;

namespace Gristmill.Kafka.Tests.Commits;

/// <summary>
/// All that can happen next. Generations take the head, publish what is restored, make sure of the record, stage, move the head, publish; they crash
/// or go on late. Each request to the broker is answered, or done without an answer, or not done, or done later, when nobody counts on it any more.
/// </summary>
internal sealed class CommitMoves(CommitModel model)
{
    public string Current { get; private set; } = "";

    public CommitWorld Start()
    {
        int processes = model.Generations + (model.HasCopy ? 1 : 0);
        return new CommitWorld
        {
            Processes = [.. Enumerable.Range(0, processes).Select(_ => new Process())],
            Heads = [.. Enumerable.Range(0, model.HasCopy ? 2 : 1).Select(_ => new ModelHead(0, 0, []))],
            Losses = model.Losses,
            Delays = model.Delays,
            TimeOuts = model.TimeOuts,
            Crashes = model.Crashes,
            Aborts = model.Aborts,
            Forgets = model.Forgets,
            Restores = model.Restores,
            Renewals = model.Renewals,
        };
    }

    public int Expand(CommitWorld world, Action<string, CommitWorld> see)
    {
        int moves = 0;
        void Try(string name, Action<CommitWorld> change)
        {
            Current = name;
            CommitWorld next = world.Clone();
            change(next);
            CommitInvariants.Check(next);
            moves++;
            see(name, next);
        }

        for (int i = 0; i < world.Processes.Length; i++)
            Moves(world, i, Try);
        Faults(world, Try);
        return moves;
    }

    private void Faults(CommitWorld world, Action<string, Action<CommitWorld>> Try)
    {
        if (world.Late is { } late)
        {
            Try($"the late {late.Step} arrives", next =>
            {
                next.Late = null;
                Broker.Do(next, late, model.Mutant);
            });
        }
        if (world.TimeOuts > 0 && world.IsOpen)
        {
            Try("the transaction's time is up", next =>
            {
                next.TimeOuts--;
                Broker.Fence(next);
            });
        }
        if (world.Forgets > 0 && world.Offsets[1] > 0 && MayForget(world))
        {
            Try("the record is forgotten", next =>
            {
                next.Forgets--;
                next.Offsets[1] = 0;
                next.HasForgotten = true;
            });
        }
        if (world.Restores == 0)
            return;
        if (world.Copy is null && world.Heads[0].Newest > 0)
            Try("the checkpoints are copied", next => next.Copy = next.Heads[0]);
        if (world.Copy is { } copy && world.Processes.All(process => process.Place is Place.NotBegun or Place.Crashed or Place.Completed or Place.Fenced or Place.Refused))
        {
            Try("the copy is brought back", next =>
            {
                next.Restores--;
                next.HasRestored = true;
                next.Heads[0] = copy;
                // What came after it is of a past that was given up.
                next.Owed = [.. next.Owed.Where(half => half.Epoch <= copy.Newest)];
            });
        }
    }

    /// <summary>A broker forgets what nobody wrote for a week: not while several generations are at it, whose tries follow each other by the second.</summary>
    private static bool MayForget(CommitWorld world) =>
        !world.Processes.Any(process => process.Place is Place.PublishesRestored or Place.MakesSure or Place.Publishes or Place.Renews)
        || world.Processes.Count(process => process.Place is not (Place.NotBegun or Place.Completed or Place.Crashed or Place.Fenced or Place.Refused)) == 1;

    private void Moves(CommitWorld world, int number, Action<string, Action<CommitWorld>> Try)
    {
        Process process = world.Processes[number];
        bool isCopy = number == model.Generations;
        string who = isCopy ? "the copy" : $"generation {number + 1}";
        void Move(string what, Func<CommitWorld, Process> change) => Try($"{who} {what}", next => next.Processes[number] = change(next));

        switch (process.Place)
        {
            case Place.NotBegun when isCopy ? world.Heads[0].Newest > 0 : number == 0 || world.Processes[number - 1].Place != Place.NotBegun:
                Move("begins", next => Begin(next, number, isCopy));
                break;
            case Place.Runs when process.Epoch == model.Epochs:
                Move("completes", _ => process with { Place = Place.Completed });
                break;
            case Place.Runs:
                Move("stages", next => Stage(next, process, number));
                if (world.Renewals > 0)
                {
                    Move("renews its record", next =>
                    {
                        next.Renewals--;
                        return Renew(process);
                    });
                }
                break;
            case Place.HasStaged:
                Move("moves the head", next => MoveHead(next, process, number));
                if (world.Aborts > 0 && process.Epoch < model.Epochs && (model.Mutant & CommitFaults.CommitBeforeHead) == 0)
                {
                    Move("gives its checkpoint up", next =>
                    {
                        next.Aborts--;
                        return process with { Place = Place.Runs };
                    });
                }
                break;
            case Place.PublishesRestored or Place.MakesSure or Place.Publishes or Place.Renews:
                Step(world, process, (what, change) => Move(what, next => GivenUp(process, change(next))));
                break;
        }

        bool isLast = number >= model.Generations - 1;
        if (world.Crashes > 0 && !isLast && process.Place is not (Place.NotBegun or Place.Completed or Place.Crashed or Place.Fenced or Place.Refused))
        {
            Move("crashes", next =>
            {
                next.Crashes--;
                return Ended(process, Place.Crashed);
            });
        }
    }

    private Process Begin(CommitWorld next, int number, bool isCopy)
    {
        int at = isCopy ? 1 : 0;
        ModelHead head = next.Heads[0];
        next.Heads[at] = head with { Owner = number };
        var begun = new Process
        {
            Head = at,
            Lineage = at + 1,
            Epoch = head.Newest,
            Machine = new CommitMachine(head.Newest + 1, WhenRecordLost.Fail, model.Mutant),
        };
        return head.Staged.Length == 0 ? MakeSure(begun) : Publish(begun with { Place = Place.PublishesRestored }, head.Staged);
    }

    private static Process Stage(CommitWorld next, Process process, int number)
    {
        int epoch = process.Epoch + 1;
        Half[] staged = [.. process.Staged, new Half(process.Lineage, epoch, number, 0), new Half(process.Lineage, epoch, number, 1)];
        var done = process with { Place = Place.HasStaged, Epoch = epoch, Staged = staged };
        return (process.Machine.Faults & CommitFaults.CommitBeforeHead) == 0 ? done : Publish(done with { Place = Place.Publishes }, staged);
    }

    private static Process MoveHead(CommitWorld next, Process process, int number)
    {
        if (next.Heads[process.Head].Owner != number)
            return Ended(process, Place.Fenced);
        next.Heads[process.Head] = new ModelHead(number, process.Epoch, process.Staged);
        next.Named = [.. next.Named, .. process.Staged];
        next.Owed = [.. next.Owed, .. process.Staged];
        return (process.Machine.Faults & CommitFaults.CommitBeforeHead) != 0
            ? process with { Place = Place.Runs, Staged = [] }
            : Publish(process with { Place = Place.Publishes }, process.Staged);
    }

    private static Process Publish(Process process, Half[] staged)
    {
        int lineage = staged[0].Lineage;
        int group = Group(process, lineage);
        ImmutableArray<long> epochs = [.. staged.Select(half => (long)half.Epoch).Distinct()];
        return process with
        {
            Staged = staged,
            Group = group,
            Machine = process.Machine.Start(CommitGoal.Publish, epochs, lineage == process.Lineage, group == process.Group),
        };
    }

    private static Process MakeSure(Process process)
    {
        int group = Group(process, process.Lineage);
        return process with
        {
            Place = Place.MakesSure,
            Staged = [],
            Group = group,
            Machine = process.Machine.Start(CommitGoal.MakeSure, [], true, group == process.Group),
        };
    }

    private static Process Renew(Process process)
    {
        int group = Group(process, process.Lineage);
        return process with { Place = Place.Renews, Group = group, Machine = process.Machine.Start(CommitGoal.Renew, [], true, group == process.Group) };
    }

    /// <summary>A renewal that fails is not made again before the next day.</summary>
    private static Process GivenUp(Process before, Process after) =>
        after.Place == Place.Renews && before.Machine.Phase != CommitPhase.None && after.Machine.Phase == CommitPhase.None ? after with { Place = Place.Runs } : after;

    private static int Group(Process process, int lineage) => (process.Machine.Faults & CommitFaults.IgnoreLineage) != 0 ? 1 : lineage;

    private static Process Ended(Process process, Place place) => new() { Place = place, Head = process.Head, Lineage = process.Lineage };

    private void Step(CommitWorld world, Process process, Action<string, Func<CommitWorld, Process>> Move)
    {
        CommitStep step = process.Machine.Next;
        if (step == CommitStep.Done)
        {
            Move("is done", _ => process.Place switch
            {
                Place.PublishesRestored => MakeSure(process),
                Place.Publishes when (process.Machine.Faults & CommitFaults.CommitBeforeHead) != 0 => process with { Place = Place.HasStaged },
                // Epochs of checkpoints that were given up wait for the next one.
                Place.Renews => process with { Place = Place.Runs },
                _ => process with { Place = Place.Runs, Staged = [] },
            });
            return;
        }
        if (step == CommitStep.Refuse)
        {
            Move($"refuses: {process.Machine.Refusal}", next =>
            {
                // A zombie may see what its successor wrote; anybody else only what really went wrong.
                bool isRightful = next.Heads[process.Head].Owner == Array.IndexOf(next.Processes, process);
                if (isRightful && !next.HasForgotten && !next.HasRestored && !model.ToleratesRefusals)
                    throw new CommitViolationException($"Refused without cause: {process.Machine.Refusal}.");
                return Ended(process, Place.Refused);
            });
            return;
        }
        if (step == CommitStep.Begin)
        {
            Move("begins a transaction", _ => process with { Machine = process.Machine.On(CommitAnswer.Done) });
            return;
        }

        BrokerRequest request = RequestOf(process, step);
        string what = $"{step} {request.Epoch}";
        Move(what, next => Answered(next, process, request));
        if (world.Losses > 0)
            Lost(process, request, what, Move);
        if (world.Delays > 0 && world.Late is null && step != CommitStep.Ask)
        {
            Move($"{what}, late", next =>
            {
                next.Delays--;
                next.Late = request;
                return process with { Machine = process.Machine.On(CommitAnswer.Lost) };
            });
        }
    }

    private void Lost(Process process, BrokerRequest request, string what, Action<string, Func<CommitWorld, Process>> Move)
    {
        Move($"{what}, lost", next =>
        {
            next.Losses--;
            return process with { Machine = process.Machine.On(CommitAnswer.Lost) };
        });
        if (request.Step == CommitStep.Ask)
            return;
        Move($"{what}, its answer lost", next =>
        {
            next.Losses--;
            Broker.Do(next, request, model.Mutant);
            return process with { Machine = process.Machine.On(CommitAnswer.Lost) };
        });
        if (request.Step == CommitStep.Write)
        {
            Move($"{what}, half of it lost", next =>
            {
                next.Losses--;
                Broker.Do(next, request with { Halves = request.Halves[..1] }, model.Mutant);
                return process with { Machine = process.Machine.On(CommitAnswer.Lost) };
            });
        }
    }

    private Process Answered(CommitWorld next, Process process, BrokerRequest request)
    {
        CommitMachine machine = process.Machine;
        if (request.Step == CommitStep.Ask)
        {
            int offset = next.Offsets[request.Group];
            return process with { Machine = offset == 0 ? machine.OnNoRecord() : machine.OnRecord(offset - 1) };
        }
        int given = Broker.Do(next, request, model.Mutant);
        if (given < 0)
            return process with { Machine = machine.On(CommitAnswer.Fenced) };
        return process with
        {
            ProducerEpoch = request.Step == CommitStep.Initialise ? given : process.ProducerEpoch,
            Machine = machine.On(CommitAnswer.Done),
        };
    }

    private static BrokerRequest RequestOf(Process process, CommitStep step)
    {
        CommitMachine machine = process.Machine;
        // Recorded on its own, the epoch's transaction has not begun.
        int epoch = (int)(machine.Phase == CommitPhase.Idle ? machine.NextEpoch : machine.Epoch);
        Half[] halves = step == CommitStep.Write ? [.. process.Staged.Where(half => half.Epoch == epoch)] : [];
        return new BrokerRequest(step, process.ProducerEpoch, process.Group, epoch, halves);
    }
}
