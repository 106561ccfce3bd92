using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Gristmill.Hosting;

/// <summary>Makes and checks the host's jobs when they are first asked for; at the latest, that is when the host starts.</summary>
internal sealed class GristmillJobs : IGristmillJobs, IDisposable
{
    private readonly IServiceProvider _services;
    private readonly Lazy<List<HostedJob>> _jobs;
    private readonly ILogger _logger;
    private JobInstruments? _instruments;

    public GristmillJobs(IServiceProvider services)
    {
        _services = services;
        _jobs = new Lazy<List<HostedJob>>(MakeAll);
        Time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        Loggers = services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance;
        _logger = Loggers.CreateLogger("Gristmill.Host");
    }

    public TimeProvider Time { get; }

    public ILoggerFactory Loggers { get; }

    /// <exception cref="JobConfigurationException">All faults of all jobs.</exception>
    public IReadOnlyList<HostedJob> All => _jobs.Value;

    public int Count => All.Count;

    public EmbeddedJob this[string name] => TryGet(name, out EmbeddedJob? job)
        ? job
        : throw new KeyNotFoundException($"There is no job '{name}'; there {(Count == 1 ? "is" : "are")} {string.Join(", ", All.Select(known => $"'{known.Name}'"))}.");

    public bool TryGet(string name, [NotNullWhen(true)] out EmbeddedJob? job)
    {
        job = All.FirstOrDefault(known => known.Name == name)?.Job;
        return job is not null;
    }

    public IEnumerator<EmbeddedJob> GetEnumerator() => All.Select(hosted => hosted.Job).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose()
    {
        _instruments?.Dispose();
        if (_jobs.IsValueCreated)
            DisposeAll(_jobs.Value);
    }

    private static void DisposeAll(List<HostedJob> jobs)
    {
        foreach (HostedJob hosted in jobs)
            hosted.Job.Dispose();
    }

    private List<HostedJob> MakeAll()
    {
        List<JobRegistration> registrations = [.. _services.GetServices<JobRegistration>()];
        var faults = new List<JobConfigurationException>();
        foreach (IGrouping<string, JobRegistration> doubled in registrations.GroupBy(one => one.Name, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
            faults.Add(new JobConfigurationException(doubled.Key, [$"its name is given to {doubled.Count()} jobs; give each AddJob<T>(name) a name of its own."]));

        IOptionsMonitor<GristmillOptions> options = _services.GetRequiredService<IOptionsMonitor<GristmillOptions>>();
        var jobs = new List<HostedJob>();
        foreach (JobRegistration registration in registrations.DistinctBy(one => one.Name, StringComparer.OrdinalIgnoreCase))
        {
            try
            {
                jobs.Add(Make(registration, options));
            }
            catch (JobConfigurationException e)
            {
                faults.Add(e);
            }
        }

        if (faults.Count != 0)
        {
            DisposeAll(jobs);
            throw faults.Count == 1 ? faults[0] : new JobConfigurationException(faults);
        }

        _instruments = new JobInstruments(_services.GetService<IMeterFactory>(), jobs, Time);
        return jobs;
    }

    private HostedJob Make(JobRegistration registration, IOptionsMonitor<GristmillOptions> monitor)
    {
        try
        {
            GristmillOptions options = monitor.Get(registration.Name);
            return new HostedJob(new EmbeddedJob(registration.Name, registration.Create(_services), options, Loggers, Time), options, Time);
        }
        catch (OptionsValidationException e)
        {
            throw new JobConfigurationException(registration.Name, [.. e.Failures]);
        }
        catch (Exception e) when (e is not JobConfigurationException)
        {
            // One job's error must not hide the others' faults; its stack is in the log.
            HostLog.CouldNotMake(_logger, e, registration.Name);
            throw new JobConfigurationException(registration.Name, [$"it could not be made: {e.GetType().Name}: {e.Message}"]);
        }
    }
}
