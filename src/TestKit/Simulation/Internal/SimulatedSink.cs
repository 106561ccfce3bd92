namespace Gristmill.TestKit.Simulation;

/// <summary>A transactional sink into the world outside: rows are staged there under an id, and published by that id.</summary>
internal sealed class SimulatedSink<T>(World world, SimulatedProcess process, OutsideTable<T> table) : TransactionalSink<T, string>
    where T : notnull
{
    private readonly IoPort _port = new(world, process);

    public override SinkWriter<T, string> OpenWriter(SinkContext context) => new Writer(this, context);

    public override async ValueTask CommitAsync(IReadOnlyList<Staged<string>> staged, SinkContext context, CancellationToken cancellationToken)
    {
        // One by one, so that a crash or an error may leave it half done.
        foreach (Staged<string> one in staged)
            await Do($"publish {one.Value} of '{table.Name}'", () => table.Publish(one.Epoch, one.Subtask, one.Value), cancellationToken);
    }

    public override async ValueTask CleanUpAsync(SinkContext context, CancellationToken cancellationToken)
        => await Do($"clean up '{table.Name}'", () => table.CleanUp(context.Generation), cancellationToken);

    private Task<bool> Do(string what, Func<bool> effect, CancellationToken cancellationToken)
        => _port.Do(what, world.Profile.SinkErrors, message => new SimulatedFault(message), effect, cancellationToken);

    private sealed class Writer(SimulatedSink<T> sink, SinkContext context) : SinkWriter<T, string>
    {
        private readonly World _world = sink.World;
        private List<T> _rows = [];
        private long _fullUntilTicks;

        public override bool CanWrite => _fullUntilTicks <= _world.Ticks;

        public override void Write(ReadOnlySpan<T> records)
        {
            _world.ThrowInUserCode("sink");
            _rows.AddRange(records);
            if (_world.FaultsOn && _world.Random.Chance(_world.Profile.ChannelDelay * 0.1))
                BeFull(TimeSpan.FromMicroseconds(_world.Random.Between(1, _world.Random.Chance(_world.Profile.LongBlocks) ? 100_000 : 3000)));
        }

        public override async ValueTask<StagedOutput<string>?> StageAsync(long epoch, CancellationToken cancellationToken)
        {
            if (_rows.Count == 0)
                return null;
            T[] rows = [.. _rows];
            _rows = [];
            string id = OutsideTable<T>.IdOf(context.Generation, epoch, context.Subtask);
            await sink.Do($"stage {id} of '{sink.Table.Name}'", () => sink.Table.Stage(id, rows), cancellationToken);
            return new StagedOutput<string>(id, rows.Length, rows.Length);
        }

        private void BeFull(TimeSpan time)
        {
            _fullUntilTicks = _world.Ticks + time.Ticks;
            _world.After(time, sink.Process, "sink takes rows again", context.Wake);
        }
    }

    private World World => world;

    private SimulatedProcess Process => process;

    private OutsideTable<T> Table => table;
}
