package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// What prompt tests may take at testLimitCases cases of three checks each, scripted, on two cores.
const (
	testLimitCases   = 10_000
	testLimitSeconds = 3
	testLimitMB      = 200
)

// tests times whole test runs, a case for each record and three checks for each case, beside a plain run over the same records.
func tests(ctx context.Context, emulator, dir string) error {
	fmt.Printf("\nPrompt tests, three checks a case (whole processes; a plain run of the same records is 1)\n")
	first := 0.0
	for _, n := range []int{100, 1_000, testLimitCases, 100_000} {
		portal := filepath.Join(dir, fmt.Sprintf("tests-%d", n))
		if err := writeTests(portal, n); err != nil {
			return err
		}
		rounds := 5
		if n > testLimitCases {
			rounds = 1
		}
		tested, err := process(ctx, rounds, emulator, "test", "--portal", portal, "--quiet")
		if err != nil {
			return fmt.Errorf("a test of %d cases: %w", n, err)
		}
		plain, err := process(ctx, rounds, emulator, "run", "leads", "--portal", portal, "--quiet")
		if err != nil {
			return fmt.Errorf("a run of %d records: %w", n, err)
		}
		each := float64(tested.cpu.Microseconds()) / float64(n)
		fmt.Printf("  %-34s %8.0f ms   %6.1f µs CPU each   peak %4.0f MB   %.2f times a run (%.1f µs each, %.0f MB)\n", fmt.Sprintf("test of %d cases", n), ms(tested.wall), each,
			float64(tested.peak)/1e6, float64(tested.cpu)/float64(plain.cpu), float64(plain.cpu.Microseconds())/float64(n), float64(plain.peak)/1e6)
		if n == 1_000 {
			first = each
		}
		switch {
		case n == testLimitCases:
			fmt.Printf("  %-34s %8.0f %% of %d s, %.0f %% of %d MB\n", "  of what it may take", tested.wall.Seconds()/testLimitSeconds*100, testLimitSeconds, float64(tested.peak)/1e6/testLimitMB*100, testLimitMB)
		case n > testLimitCases:
			fmt.Printf("  %-34s %8.2f times that of 1,000\n", "  one case", each/first)
		}
		if err := os.RemoveAll(portal); err != nil {
			return err
		}
	}
	return nil
}

// writeTests makes the benchmark's portal with n records, and a test with a case for each of them.
func writeTests(portal string, n int) error {
	for name, text := range portalFiles {
		if err := writeFile(filepath.Join(portal, filepath.FromSlash(name)), text); err != nil {
			return err
		}
	}
	if err := writeRecords(filepath.Join(portal, "records", "contacts.csv"), n); err != nil {
		return err
	}
	path := filepath.Join(portal, "tests", "leads.yaml")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	_, _ = fmt.Fprintln(w, "workflow: leads\ncases:")
	for i := range n {
		grade := "B"
		if i%3 == 0 {
			grade = "A"
		}
		_, _ = fmt.Fprintf(w, "  - {record: \"%d\", expect: [response: {starts_with: %q}, task: {count: 1}, property: {lead_grade: {contains: budget}}]}\n", 100_000+i, grade)
	}
	if err := w.Flush(); err != nil { // it keeps the first error
		_ = f.Close() // the other one is told
		return err
	}
	return f.Close()
}

// took is what a process took.
type took struct {
	wall, cpu time.Duration // medians
	peak      int64         // bytes, the most of all rounds
}

// process runs a program over a portal several times; what it keeps there is removed.
func process(ctx context.Context, rounds int, program string, args ...string) (took, error) {
	var walls, cpus []time.Duration
	var out took
	for range rounds {
		cmd := exec.CommandContext(ctx, program, args...)
		began := time.Now()
		if err := cmd.Run(); err != nil {
			return out, err
		}
		walls = append(walls, time.Since(began))
		cpus = append(cpus, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
		out.peak = max(out.peak, maxRSS(cmd.ProcessState))
		for i, arg := range args {
			if arg == "--portal" {
				if err := os.RemoveAll(filepath.Join(args[i+1], ".askflow")); err != nil {
					return out, err
				}
			}
		}
	}
	out.wall, out.cpu = median(walls), median(cpus)
	return out, nil
}
