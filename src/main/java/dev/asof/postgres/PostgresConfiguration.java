package dev.asof.postgres;

import java.io.Serial;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.datasource.JdbcTransactionObjectSupport;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;

/** How Postgres is watched, and the transactions of everybody who uses it. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(PostgresProperties.class)
class PostgresConfiguration {

    @Bean
    JdbcTransactionManager transactionManager(DataSource dataSource) {
        return new Transactions(dataSource);
    }

    /**
     * Leaves a connection that broke alone: Postgres rolls back by itself, and the failure to say so would hide the one
     * that tells what happened.
     */
    private static final class Transactions extends JdbcTransactionManager {

        @Serial
        private static final long serialVersionUID = 1L;

        Transactions(DataSource dataSource) {
            super(dataSource);
        }

        @Override
        protected void doRollback(DefaultTransactionStatus status) {
            if (!isBroken((JdbcTransactionObjectSupport) status.getTransaction())) {
                super.doRollback(status);
            }
        }

        private static boolean isBroken(JdbcTransactionObjectSupport transaction) {
            try {
                Connection connection = transaction.getConnectionHolder().getConnection();
                return connection.isClosed()
                        || connection.unwrap(Connection.class).isClosed();
            } catch (SQLException e) {
                return true;
            }
        }
    }
}
