/*
 * Fits a line by gradient descent and logs every epoch: joulebook from plain C.
 *
 *     make -C Integrations/C && Integrations/C/train
 */
#include <joulebook.h>
#include <stdio.h>

enum { POINTS = 64, EPOCHS = 20 };

int main(void) {
    const char *options =
        "{\"project\": \"line\", \"stage\": \"training\", \"config\": {\"lr\": 0.5}}";
    joulebook_run *run = NULL;
    char *error = NULL;
    if (joulebook_run_start(options, &run, &error) != JOULEBOOK_OK) {
        fprintf(stderr, "%s\n", error != NULL ? error : "the run was not started");
        joulebook_string_free(error);
        return 1;
    }
    joulebook_metric loss_metric = joulebook_metric_named(run, JOULEBOOK_EPOCHS, "loss", 4);
    double slope = 0, offset = 0;
    for (int number = 1; number <= EPOCHS; number++) {
        joulebook_epoch *epoch = joulebook_epoch_begin(run, number);
        double loss = 0, slope_gradient = 0, offset_gradient = 0;
        for (int point = 0; point < POINTS; point++) {
            double x = (double)point / POINTS;
            double residual = slope * x + offset - (3 * x - 1);
            loss += residual * residual / POINTS;
            slope_gradient += 2 * residual * x / POINTS;
            offset_gradient += 2 * residual / POINTS;
        }
        slope -= 0.5 * slope_gradient;
        offset -= 0.5 * offset_gradient;
        joulebook_epoch_log(epoch, &loss_metric, &loss, 1);
        joulebook_epoch_end(epoch);
        joulebook_epoch_free(epoch);
    }
    if (joulebook_run_finish(run, "finished", NULL, &error) != JOULEBOOK_OK) {
        fprintf(stderr, "%s\n", error != NULL ? error : "the ledger is incomplete");
        joulebook_string_free(error);
    }
    char *facts = NULL;
    joulebook_run_facts(run, &facts);
    printf("y = %.2f x %+.2f\n%s\n", slope, offset, facts != NULL ? facts : "");
    joulebook_string_free(facts);
    joulebook_run_free(run);
    return 0;
}
