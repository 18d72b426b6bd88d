/* A Modbus device made of libmodbus: over TCP, or as `device PATH UNIT` on a serial port.
 *
 * stdin:  registers N, then N words; the same words answer functions 3 and 4.
 *         bits N, then N of 0 or 1; they answer functions 1 and 2 from offset 3.
 * stdout: the port it listens on, 0 for a serial one. Ends when stdin does.
 */
#include <modbus.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define BAUD 115200

static int read_words(uint16_t *words, int most)
{
    int count;
    if (scanf("%d", &count) != 1 || count > most)
        exit(2);
    for (int i = 0; i < count; i++)
        if (scanf("%hu", &words[i]) != 1)
            exit(2);
    return count;
}

static int serve_serial_port(const char *path, int unit, modbus_mapping_t *mapping)
{
    uint8_t query[MODBUS_RTU_MAX_ADU_LENGTH];
    modbus_t *device = modbus_new_rtu(path, BAUD, 'N', 8, 1);
    if (device == NULL || modbus_set_slave(device, unit) < 0 || modbus_connect(device) < 0)
        return 1;
    printf("0\n");
    fflush(stdout);
    for (;;) {
        struct pollfd waiting[2] = {{0, POLLIN, 0}, {modbus_get_socket(device), POLLIN, 0}};
        if (poll(waiting, 2, -1) < 0 || waiting[0].revents)
            return 0;
        int length = modbus_receive(device, query);
        if (length > 0)
            modbus_reply(device, query, length, mapping);
        else if (length < 0)
            modbus_flush(device);
    }
}

int main(int argc, char **argv)
{
    static uint16_t words[4096];
    uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
    int registers = read_words(words, 4096);
    modbus_mapping_t *mapping = modbus_mapping_new(64, 64, registers, registers);
    for (int i = 0; i < registers; i++)
        mapping->tab_registers[i] = mapping->tab_input_registers[i] = words[i];
    int bits = read_words(words, 60);
    for (int i = 0; i < bits; i++)
        mapping->tab_bits[3 + i] = mapping->tab_input_bits[3 + i] = (uint8_t)words[i];

    if (argc == 3)
        return serve_serial_port(argv[1], atoi(argv[2]), mapping);
    modbus_t *device = modbus_new_tcp("127.0.0.1", 0);
    int listening = modbus_tcp_listen(device, 4);
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    if (listening < 0 || getsockname(listening, (struct sockaddr *)&address, &size) < 0)
        return 1;
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);

    int connection = -1;
    for (;;) {
        struct pollfd waiting[3] = {{0, POLLIN, 0}, {listening, POLLIN, 0}, {connection, POLLIN, 0}};
        if (poll(waiting, 3, -1) < 0 || waiting[0].revents)
            return 0;
        if (waiting[1].revents) {
            if (connection >= 0)
                close(connection);
            connection = modbus_tcp_accept(device, &listening);
        } else if (waiting[2].revents) {
            int length = modbus_receive(device, query);
            if (length > 0)
                modbus_reply(device, query, length, mapping);
            else if (length < 0) {
                close(connection);
                connection = -1;
            }
        }
    }
}
