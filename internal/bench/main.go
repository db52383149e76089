// Command bench measures the speed and size of whole runs, and sets them beside the raw cost of the same work: inserting
// the same bytes into SQLite, and making the same calls through go-openai and httpmock. Everything is measured in one
// run on one machine, so the ratios hold where the absolute numbers do not.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

func main() {
	big := flag.Bool("million", false, "also run a million records (a minute, 4 GB of disk)")
	flag.Parse()
	if err := bench(context.Background(), *big); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, big bool) error {
	dir, err := os.MkdirTemp("", "askflow-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := writePortal(dir); err != nil {
		return err
	}
	emulator := filepath.Join(dir, "emulator")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", emulator, "./cmd/emulator")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return err
	}
	info, err := os.Stat(emulator)
	if err != nil {
		return err
	}
	fmt.Printf("Whole processes, median of runs\n")
	fmt.Printf("  %-34s %8.1f ms   binary %.1f MB\n", "emulator --version", ms(startTime(ctx, emulator)), float64(info.Size())/1e6)
	sizes := []int{1_000, 5_000, 10_000, 100_000}
	if big {
		sizes = append(sizes, 1_000_000)
	}
	for _, n := range sizes {
		for _, output := range []string{"text", "jsonl"} {
			if n > 100_000 && output == "jsonl" {
				continue
			}
			if err := wholeRun(ctx, emulator, dir, n, output); err != nil {
				return err
			}
		}
	}
	if err := tests(ctx, emulator, dir); err != nil {
		return err
	}
	fmt.Printf("\nWhere the CPU time of one enrollment goes (10,000 of them, in this process)\n")
	if err := stages(ctx, dir); err != nil {
		return err
	}
	if err := live(ctx, dir); err != nil {
		return err
	}
	return screen(ctx)
}

// startTime is the median of starting the program.
func startTime(ctx context.Context, emulator string) time.Duration {
	var times []time.Duration
	for range 11 {
		began := time.Now()
		if err := exec.CommandContext(ctx, emulator, "--version").Run(); err != nil {
			return 0
		}
		times = append(times, time.Since(began))
	}
	return median(times)
}

// wholeRun times the program over n records.
func wholeRun(ctx context.Context, emulator, dir string, n int, output string) error {
	records := filepath.Join(dir, fmt.Sprintf("contacts-%d.csv", n))
	if _, err := os.Stat(records); err != nil {
		if err := writeRecords(records, n); err != nil {
			return err
		}
	}
	rounds := 5
	if n > 10_000 {
		rounds = 1
	}
	took, err := process(ctx, rounds, emulator, "run", "leads", "--portal", filepath.Join(dir, "portal"), "--records", records, "--output", output, "--quiet")
	if err != nil {
		return fmt.Errorf("a run over %d records: %w", n, err)
	}
	fmt.Printf("  %-34s %8.0f ms   %7.0f a second   %6.1f µs CPU each   peak %4.0f MB\n", fmt.Sprintf("run of %d, %s", n, output), ms(took.wall),
		float64(n)/took.wall.Seconds(), float64(took.cpu.Microseconds())/float64(n), float64(took.peak)/1e6)
	return nil
}
