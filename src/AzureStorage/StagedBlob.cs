namespace Gristmill.AzureStorage;

/// <summary>One subtask's output of one epoch, at the service as blocks that no blob is made of yet.</summary>
/// <param name="Blob">The name in the container that the blob will have.</param>
/// <param name="Upload">The upload its blocks belong to: 32 hexadecimal digits.</param>
/// <param name="Blocks">How many blocks it has, 1 to 50,000.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Records">Its records.</param>
public readonly record struct StagedBlob(string Blob, string Upload, int Blocks, long Length, long Records);
