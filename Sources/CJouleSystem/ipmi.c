#include "CJouleSystem.h"
#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ipmi.h>
#include <poll.h>
#include <sys/ioctl.h>

int joule_ipmi_open(const char *path) {
    int device = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    return device >= 0 ? device : -errno;
}

int joule_ipmi_ask(
    int device,
    long number,
    uint8_t function,
    uint8_t command,
    const uint8_t *request,
    size_t request_size,
    uint8_t *answer,
    size_t answer_size,
    int milliseconds
) {
    struct ipmi_system_interface_addr to = {
        .addr_type = IPMI_SYSTEM_INTERFACE_ADDR_TYPE,
        .channel = IPMI_BMC_CHANNEL,
    };
    struct ipmi_req question = {
        .addr = (unsigned char *)&to,
        .addr_len = sizeof to,
        .msgid = number,
        .msg = {
            .netfn = function,
            .cmd = command,
            .data_len = (unsigned short)request_size,
            .data = (unsigned char *)request,
        },
    };
    if (ioctl(device, IPMICTL_SEND_COMMAND, &question) < 0) return -errno;
    int64_t deadline = joule_now_ms() + milliseconds;
    for (;;) {
        int64_t left = deadline - joule_now_ms();
        if (left <= 0) return -ETIMEDOUT;
        struct pollfd ready = {.fd = device, .events = POLLIN};
        joule_wait_begin();
        int count = poll(&ready, 1, (int)left);
        int code = errno;
        joule_wait_end();
        if (count < 0 && code != EINTR) return -code;
        if (count <= 0) continue;
        struct ipmi_addr from;
        struct ipmi_recv received = {
            .addr = (unsigned char *)&from,
            .addr_len = sizeof from,
            .msg = {.data_len = (unsigned short)answer_size, .data = answer},
        };
        // A message that finds no room is taken all the same, and told by EMSGSIZE.
        if (ioctl(device, IPMICTL_RECEIVE_MSG_TRUNC, &received) < 0 && errno != EMSGSIZE) {
            if (errno == EAGAIN || errno == EINTR) continue;
            return -errno;
        }
        if (received.recv_type != IPMI_RESPONSE_RECV_TYPE || received.msgid != number) continue;
        size_t size = received.msg.data_len;
        return (int)(size < answer_size ? size : answer_size);
    }
}
