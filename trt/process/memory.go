package process

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// memoryPeriod is how often memory is looked at: a program that takes 10 GB/s
// then goes 2 GB beyond its limit.
const memoryPeriod = 200 * time.Millisecond

// watchMemory kills the program once its group has more resident memory than
// the limit. Systems without /proc have no limit.
func (p *Process) watchMemory(limit int64) {
	ticker := time.NewTicker(memoryPeriod)
	defer ticker.Stop()
	for {
		select {
		case <-p.done:
			return
		case <-ticker.C:
			if residentOf(p.command.Process.Pid) > limit {
				p.cancel(errMemory)
				return
			}
		}
	}
}

// residentOf is the resident memory of a process group in bytes. Pages that
// processes share count for each of them.
func residentOf(group int) int64 {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0
	}
	pages := int64(0)
	for _, file := range files {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // it ended
		}
		if of, resident := parseStat(stat); of == group {
			pages += resident
		}
	}
	return pages * int64(os.Getpagesize())
}

// parseStat takes a process's group and resident pages from its stat file
// (proc_pid_stat(5)): fields 5 and 24, counted behind the name, which may hold
// anything.
func parseStat(stat []byte) (group int, pages int64) {
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 22 {
		return 0, 0
	}
	group, err := strconv.Atoi(string(fields[2]))
	if err != nil {
		return 0, 0
	}
	pages, err = strconv.ParseInt(string(fields[21]), 10, 64)
	if err != nil {
		return 0, 0
	}
	return group, pages
}
