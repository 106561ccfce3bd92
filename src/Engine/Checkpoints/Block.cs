namespace Gristmill.Checkpoints;

/// <summary>A block as read and verified.</summary>
/// <param name="Header">What the block says of itself.</param>
/// <param name="Payload">What it holds.</param>
public readonly record struct Block(BlockHeader Header, ReadOnlyMemory<byte> Payload);
