package process

import "syscall"

// attributes give a program its own group, and have the kernel kill it if this
// process is killed.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
