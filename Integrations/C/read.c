/*
 * Prints the loss of every epoch of a ledger or a directory: joulebook's tables from plain C.
 *
 *     make -C Integrations/C && Integrations/C/train && Integrations/C/read joulebook
 */
#include <inttypes.h>
#include <joulebook.h>
#include <stdio.h>

/* Whether a row has a value: no validity buffer means that all rows have. */
static int has_value(const struct ArrowArray *column, int64_t row) {
    const uint8_t *bits = column->buffers[0];
    return bits == NULL || (bits[row / 8] >> (row % 8) & 1);
}

static void print_batch(const struct ArrowArray *batch) {
    const struct ArrowArray *epoch = batch->children[0];
    const struct ArrowArray *loss = batch->children[1];
    const int64_t *numbers = epoch->buffers[1];
    const double *losses = loss->buffers[1];
    for (int64_t row = 0; row < batch->length; row++) {
        if (has_value(epoch, row) && has_value(loss, row)) {
            printf("epoch %" PRId64 ": loss %.4f\n", numbers[row], losses[row]);
        }
    }
}

int main(int count, char **arguments) {
    const char *path = count > 1 ? arguments[1] : "joulebook";
    const char *options = "{\"table\": \"epochs\", \"columns\": [\"epoch\", \"loss\"]}";
    struct ArrowArrayStream stream;
    char *error = NULL;
    if (joulebook_export(path, options, &stream, &error) != JOULEBOOK_OK) {
        fprintf(stderr, "%s\n", error != NULL ? error : "no table");
        joulebook_string_free(error);
        return 1;
    }
    int status = 0;
    struct ArrowArray batch;
    while ((status = stream.get_next(&stream, &batch)) == 0 && batch.release != NULL) {
        print_batch(&batch);
        batch.release(&batch);
    }
    const char *problems = stream.get_last_error(&stream);
    if (problems != NULL) fprintf(stderr, "%s\n", problems);
    stream.release(&stream);
    return status == 0 && problems == NULL ? 0 : 1;
}
