package dev.asof;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** The Asof server. */
@SpringBootApplication
public class AsofApplication {

    public static void main(String[] args) {
        SpringApplication.run(AsofApplication.class, args);
    }
}
