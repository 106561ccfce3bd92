namespace Gristmill.Samples.KafkaCounts;

/// <summary>Counts a key's records and adds their values up; every record makes an update.</summary>
internal sealed class Counter : KeyedProcessor<long, Item, Update>
{
    private ValueState<Total> _total = null!;

    public override void Open(StateDeclarations states) => _total = states.Value<Total>("total");

    public override void OnRecord(in Item record, ProcessorContext<long, Update> context)
    {
        ref Total total = ref _total.Update();
        total.Count++;
        total.Sum += record.Value;
        context.Emit(new Update(context.Key, total.Count, total.Sum));
    }
}
