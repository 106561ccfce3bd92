using Gristmill.Checkpoints;
using Gristmill.Jobs;
using Gristmill.Protocol;

namespace Gristmill.Engine.Tests.Checkpoints;

/// <summary>Random lives of a job's checkpoints. Whatever happens, no file a retained manifest refers to is deleted.</summary>
public sealed class CollectorTests
{
    [Fact]
    public async Task No_file_a_retained_manifest_refers_to_is_ever_deleted_and_all_others_are()
    {
        int deleted = 0, damaged = 0, shared = 0;
        for (int seed = 1; seed <= 150; seed++)
        {
            var life = new Life(seed);
            for (int step = 0; step < 60; step++)
                await life.StepAsync();
            (deleted, damaged, shared) = (deleted + life.Deleted, damaged + life.Damaged, shared + life.Shared);
        }

        Assert.True(deleted > 1000 && damaged > 100 && shared > 1000, $"{deleted} deleted, {damaged} damaged, {shared} of forgotten checkpoints still needed: too few to show anything");
    }

    private sealed class Life
    {
        private readonly int _seed;
        private readonly Random _random;
        private readonly ManualTime _time = new();
        private readonly MemoryCheckpointStore _store;
        private readonly RetentionPolicy _policy;

        // What manifests refer to, also such as can no longer be read.
        private readonly Dictionary<string, List<string>> _files = [];
        private readonly HashSet<string> _broken = [];
        private HeadRecord _head = Fence.TakeOver(null);
        private Collector _collector;
        private List<string> _basis = [];
        private long _last;

        public Life(int seed)
        {
            _seed = seed;
            _random = new Random(seed);
            _store = new MemoryCheckpointStore(_time);
            _collector = new Collector(_store, "job", _time);
            _policy = new RetentionPolicy
            {
                Last = _random.Next(1, 5),
                ForMs = _random.Next(2) == 0 ? null : _random.Next(1, 20_000),
                Tiers = [.. Enumerable.Range(1, _random.Next(3)).Select(n => new RetentionTier(5000 * n, 40_000 * n))],
            };
        }

        public int Deleted { get; private set; }

        public int Damaged { get; private set; }

        public int Shared { get; private set; }

        public async Task StepAsync()
        {
            switch (_random.Next(12))
            {
                case < 6:
                    await WriteAsync(commit: true);
                    break;
                case < 8:
                    await WriteAsync(commit: false);
                    break;
                case 8:
                    await StartAgainAsync();
                    break;
                case 9 when _random.Next(4) == 0:
                    await DamageAsync();
                    break;
                default:
                    await CollectAsync();
                    break;
            }

            _time.Advance(TimeSpan.FromMilliseconds(_random.Next(20) == 0 ? -_random.Next(30_000) : _random.Next(4000)));
        }

        /// <summary>A checkpoint of changes upon those before, some of which it replaces; or what an aborted one leaves.</summary>
        private async Task WriteAsync(bool commit)
        {
            string file = CheckpointLayout.NodeFile("job", ++_last, _head.Generation.Value, 0);
            await PutAsync(file);
            List<string> files = [.. _basis.Where(_ => _random.Next(5) != 0), file];
            if (!commit && _random.Next(2) == 0)
                return;
            Manifest manifest = Samples.Manifest([.. files.Select(Block)]) with { Checkpoint = _last, Generation = _head.Generation.Value };
            ManifestRef reference = Heads.ToRef(await ManifestFile.WriteAsync(_store, "job", manifest));
            _files[reference.Name] = files;
            if (_random.Next(2) == 0)
                _collector.Know(reference, manifest);
            if (!commit)
                return;
            _head = Fence.Commit(_head, _head.Generation, reference, _policy, _time.GetUtcNow().ToUnixTimeMilliseconds())!;
            _basis = files;
        }

        /// <summary>A new generation goes on from the newest that can be read, and forgets what was under way.</summary>
        private async Task StartAgainAsync()
        {
            _head = Fence.TakeOver(_head);
            _collector = new Collector(_store, "job", _time);
            ManifestRef? from = _head.Retained.FirstOrDefault(manifest => !_broken.Contains(manifest.Name));
            _basis = from is null ? [] : _files[from.Name];
            _last = _head.Newest?.Checkpoint.Value ?? 0;
            await CollectAsync();
        }

        private async Task DamageAsync()
        {
            if (_head.Retained.OrderBy(_ => _random.Next()).FirstOrDefault() is not { } one || !_broken.Add(one.Name))
                return;
            Damaged++;
            byte[] bytes = await Samples.BytesAsync(_store, one.Name);
            if (_random.Next(3) == 0)
                await _store.DeleteAsync(one.Name);
            else
                await Samples.ReplaceAsync(_store, one.Name, bytes.AsMemory(_random.Next(1, bytes.Length)));
            _collector = new Collector(_store, "job", _time);
        }

        private async Task CollectAsync()
        {
            Deleted += await _collector.CollectAsync(_head, TimeSpan.Zero, TestContext.Current.CancellationToken);
            HashSet<string> stored = [];
            await foreach (Gristmill.Checkpoints.StoredObject item in _store.ListAsync("job/"))
                stored.Add(item.Name);
            List<ManifestRef> retained = [.. _head.Retained];
            HashSet<string> needed = [.. retained.SelectMany(manifest => _files[manifest.Name])];
            Assert.True(needed.IsSubsetOf(stored), $"Seed {_seed}: {string.Join(", ", needed.Except(stored))} was deleted and is needed.");
            Assert.All(retained.Where(manifest => !_broken.Contains(manifest.Name)), manifest => Assert.Contains(manifest.Name, stored));

            HashSet<long> numbers = [.. retained.Select(manifest => manifest.Checkpoint.Value)];
            Shared += needed.Count(file => !numbers.Contains(CheckpointLayout.Parse(file).Checkpoint));
            long newest = retained.Count == 0 ? 0 : retained[0].Checkpoint.Value;
            long doubtUpTo = retained.Where(manifest => _broken.Contains(manifest.Name)).Select(manifest => manifest.Checkpoint.Value).DefaultIfEmpty().Max();
            long now = _time.GetUtcNow().ToUnixTimeMilliseconds();
            if (now < _youngest)
                return;
            Assert.All(stored.Except(needed).Except(retained.Select(manifest => manifest.Name)), name =>
            {
                long number = CheckpointLayout.Parse(name).Checkpoint;
                Assert.True(number > newest || number <= doubtUpTo, $"Seed {_seed}: {name} is needed by nobody and was left.");
            });
        }

        // Behind the time of the youngest object, by a clock set back, all counts as young.
        private long _youngest;

        private async Task PutAsync(string name)
        {
            await using ObjectWriter writer = await _store.CreateAsync(name);
            await writer.WriteAsync(new byte[] { 1 });
            await writer.CompleteAsync();
            _youngest = Math.Max(_youngest, _time.GetUtcNow().ToUnixTimeMilliseconds());
        }

        private static BlockInfo Block(string file) => new()
        {
            Operator = "sums", Name = "state", Kind = BlockKind.Delta, Subtask = 0, File = file, Offset = 0, Length = 1, Hash = "00",
        };
    }
}
