// SPDX-License-Identifier: Apache-2.0
/* base: whole files and private folders. */
#include "base/cleanup.h"
#include "base/file.h"
#include "test/tap.h"
#include "test/temp.h"

static void test_read(void)
{
	struct error err = {};
	char *text = NULL;
	size_t length = 0;
	int pipes[2], fd = -1;

	temp_write(temp_path("ten"), "0123456789", 10, 0600);
	is_int(file_open_at(AT_FDCWD, temp_path("ten"), true, &fd, &err), 0, "open a file");
	is_int(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC, "close-on-exec");
	is_int(file_read_fd(fd, 10, &text, &length, &err), 0, "a file of just the limit");
	is_str(text, "0123456789", "read whole");
	is_int((long long)length, 10, "its length");
	free(text);
	lseek(fd, 0, SEEK_SET);
	is_int(file_read_fd(fd, 9, &text, &length, &err), -EFBIG, "one byte more than the limit");
	is_str(err.text, "is larger than 9 bytes", "and its message");
	close(fd);

	if (pipe(pipes) < 0 || write(pipes[1], "a", 1) != 1)
		ok(false, "pipe");
	close(pipes[1]);
	is_int(file_read_fd(pipes[0], 100, &text, &length, &err), 0, "a pipe");
	is_str(text, "a", "its text");
	free(text);
	close(pipes[0]);
}

static void test_read_large(void)
{
	size_t size = 3 * 4096 + 7, length = 0;
	_cleanup_free_ char *given = malloc(size), *text = NULL;
	struct error err = {};
	int fd = -1;

	for (size_t i = 0; i < size; i++)
		given[i] = (char)('a' + i % 26);
	temp_write(temp_path("large"), given, size, 0600);
	file_open_at(AT_FDCWD, temp_path("large"), true, &fd, &err);
	is_int(file_read_fd(fd, size, &text, &length, &err), 0, "several blocks");
	ok(length == size && !memcmp(text, given, size), "arrive as they are");
	close(fd);
}

static void test_open(void)
{
	struct error err = {};
	int fd = -1;

	if (symlink("ten", temp_path("link")) < 0 || mkfifo(temp_path("fifo"), 0600) < 0)
		ok(false, "set up");
	is_int(file_open_at(AT_FDCWD, temp_path("link"), true, &fd, &err), -ELOOP, "no link");
	is_int(file_open_at(AT_FDCWD, temp_path("link"), false, &fd, &err), 0,
	       "a link, if allowed");
	close(fd);
	is_int(file_open_at(AT_FDCWD, temp_path("fifo"), true, &fd, &err), -EINVAL,
	       "a FIFO is refused, not waited for");
	is_str(err.text, "is not a regular file", "and its message");
	is_int(file_open_at(AT_FDCWD, temp_path("none"), true, &fd, &err), -ENOENT, "no file");
}

static void test_trusted(void)
{
	static const struct {
		mode_t mode;
		int expected;
	} cases[] = {{0600, 0},	     {0644, 0},	     {0444, 0},
		     {0664, -EPERM}, {0646, -EPERM}, {0777, -EPERM}};
	struct error err = {};
	int fd = -1;

	file_open_at(AT_FDCWD, temp_path("ten"), true, &fd, &err);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char name[64];

		snprintf(name, sizeof(name), "trust in a file of mode %04o", cases[i].mode);
		fchmod(fd, cases[i].mode);
		is_int(file_check_trusted(fd, &err), cases[i].expected, name);
	}
	is_str(err.text,
	       "has mode 0777; take the right to write from group and others (chmod go-w)",
	       "and its message");
	fchmod(fd, 0600);
	if (geteuid() == 0) {
		is_int(fchown(fd, 12345, 0), 0, "chown");
		is_int(file_check_trusted(fd, &err), -EPERM, "no trust in another user's file");
		is_str(err.text, "belongs to user 12345; chown it to root", "and its message");
	}
	close(fd);
}

static int count_entries(const char *path)
{
	_cleanup_closedir_ DIR *dir = opendir(path);
	int n = 0;

	while (dir && readdir(dir))
		n++;
	return n - 2;
}

static void test_write(void)
{
	struct error err = {};
	struct stat st;
	int fd = -1;

	umask(022);
	is_int(folder_open_private(temp_path("w"), true, &fd, &err), 0, "a folder to write to");
	is_int(file_write_at(fd, "f", "one", 3, &err), 0, "write a file");
	is_int(file_write_at(fd, "f", "second", 6, &err), 0, "write over it");
	is_int(fstatat(fd, "f", &st, 0), 0, "it is there");
	is_int(st.st_size, 6, "with its new size");
	is_int(st.st_mode & 07777, 0600, "and mode 0600");
	umask(077);
	is_int(file_write_mode_at(fd, "f", "third", 5, 0644, &err), 0, "write it for all to read");
	is_int(fstatat(fd, "f", &st, 0), 0, "it is there");
	is_int(st.st_mode & 07777, 0644, "with that mode, whatever the umask");
	umask(022);
	is_int(mkdirat(fd, "d", 0700), 0, "a folder in the way");
	is_int(file_write_at(fd, "d", "x", 1, &err), -EISDIR, "cannot be written over");
	is_int(count_entries(temp_path("w")), 2, "and no temporary file stays behind");
	close(fd);
}

static void test_folder(void)
{
	struct error err = {};
	struct stat st = {};
	int fd = -1;

	is_int(folder_open_private(temp_path("a/b/c"), false, &fd, &err), -ENOENT,
	       "missing folder");
	is_int(folder_open_private(temp_path("a//b/c/"), true, &fd, &err), 0,
	       "made with its parents");
	is_int(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC, "close-on-exec");
	close(fd);
	stat(temp_path("a/b"), &st);
	is_int(st.st_mode & 07777, 0700, "of mode 0700");
	is_int(folder_open_private(temp_path("a/b/c"), true, &fd, &err), 0, "made before");
	close(fd);
	if (symlink("b", temp_path("a/link")) < 0)
		ok(false, "symlink");
	is_int(folder_open_private(temp_path("a/link"), true, &fd, &err), -ENOTDIR,
	       "a link is refused");
	is_int(folder_open_private(temp_path("a/link/"), true, &fd, &err), -ENOTDIR,
	       "also with a slash behind it");
	is_int(folder_open_private(temp_path("a/link/c"), false, &fd, &err), 0,
	       "but not on the way");
	close(fd);
	chmod(temp_path("a/b"), 0770);
	is_int(folder_open_private(temp_path("a/b"), true, &fd, &err), -EPERM,
	       "writable by the group");
	chmod(temp_path("a/b"), 0702);
	is_int(folder_open_private(temp_path("a/b"), true, &fd, &err), -EPERM,
	       "writable by others");
	is_str(err.text, "has mode 0702; only its owner may write there (chmod 0700)",
	       "and its message");
	if (geteuid() == 0 && chown(temp_path("a/b/c"), 12345, 0) < 0)
		ok(false, "chown");
	is_int(folder_open_private(geteuid() ? "/usr" : temp_path("a/b/c"), false, &fd, &err),
	       -EPERM, "another user's folder");
	temp_write(temp_path("a/file"), "", 0, 0600);
	is_int(folder_open_private(temp_path("a/file/x"), true, &fd, &err), -ENOTDIR,
	       "a file on the way");
}

int main(void)
{
	temp_make();
	test_read();
	test_read_large();
	test_open();
	test_trusted();
	test_write();
	test_folder();
	return tap_done();
}
