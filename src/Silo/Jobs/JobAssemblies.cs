using System.Reflection;
using System.Runtime.Loader;
using Gristmill.Grains;
using Gristmill.Silo.Settings;

namespace Gristmill.Silo.Jobs;

/// <summary>The jobs of assemblies the settings name: each public class that is an <see cref="IJob"/>, by its default name.</summary>
internal static class JobAssemblies
{
    public static void AddAll(GristmillSiloBuilder silo)
    {
        IReadOnlyList<string> paths = SiloSettings.Read(silo.Silo.Configuration, []).JobAssemblies;
        if (paths.Count == 0)
            throw new SiloSettingsException([$"{SiloSettings.SectionName}:JobAssemblies is empty, so this silo has no job; name the assemblies the jobs are in, or build a silo with GristmillSilo.RunAsync(args, silo => silo.AddJob<T>())."]);
        List<string> faults = [];
        foreach (string path in paths)
            Add(silo, path, faults);
        if (faults.Count > 0)
            throw new SiloSettingsException(faults);
    }

    private static void Add(GristmillSiloBuilder silo, string path, List<string> faults)
    {
        string full = Path.GetFullPath(path);
        if (!File.Exists(full))
        {
            faults.Add($"{SiloSettings.SectionName}:JobAssemblies has '{path}', which is missing; put it there with the assemblies it needs, or correct the path.");
            return;
        }

        var resolver = new AssemblyDependencyResolver(full);
        AssemblyLoadContext.Default.Resolving += (context, name) => resolver.ResolveAssemblyToPath(name) is { } found ? context.LoadFromAssemblyPath(found) : null;
        List<Type> jobs = [.. AssemblyLoadContext.Default.LoadFromAssemblyPath(full).GetExportedTypes().Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IJob)))];
        if (jobs.Count == 0)
            faults.Add($"{SiloSettings.SectionName}:JobAssemblies has '{path}', which has no public class that is an IJob; make the job's class public, or remove the path.");
        MethodInfo add = typeof(GristmillSiloBuilder).GetMethod(nameof(GristmillSiloBuilder.AddJob))!;
        foreach (Type job in jobs)
            add.MakeGenericMethod(job).Invoke(silo, [null, null]);
    }
}
